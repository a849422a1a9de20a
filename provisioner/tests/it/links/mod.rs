//! What is remembered between runs: in memory, in a file, and in a database.

mod cluster;
mod contract;
mod crash;
mod damage;
mod files;
mod postgres;
mod postgres_program;
