//! Sources of users: files of three formats and PingOne, and what a run does with what they could not tell.

mod files;
mod pingone;
mod pingone_fake;
mod runs;
