//! The catalogue of wrong provisioners.

use std::fmt;

/// Makes the enumeration, the list of all, and what each does wrong, from one table.
macro_rules! catalogue {
    ($($bug:ident $says:literal)*) => {
        /// One way to be wrong. The names are those of the catalogue and have gaps on purpose.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "Bug::says is the documentation of each")]
        pub enum Bug {
            $($bug,)*
        }

        impl Bug {
            /// All of them, in order.
            pub const ALL: &'static [Self] = &[$(Self::$bug,)*];

            /// What the variant does wrong.
            #[must_use]
            pub fn says(self) -> &'static str {
                match self {
                    $(Self::$bug => $says,)*
                }
            }
        }
    };
}

catalogue! {
    // Gates and matrix.
    B01 "creates although create is off"
    B02 "does not link an existing account when create is off"
    B03 "updates although update is off"
    B04 "asks the update flag instead of the disable flag"
    B05 "re-enables although update is off"
    B06 "disables although disable is off"
    B08 "disables by a PUT that carries all attributes"
    B09 "removes although deprovision is off"
    B10 "asks the disable flag instead of the deprovision flag"
    B11 "takes the remove actions for each other"
    B13 "deactivates removed users again in every full run"
    B14 "removes on rule deletion although that is off"
    B15 "removes on rule deletion who is on the first page alone"
    B16 "removes every account in Zoom on rule deletion"
    B17 "removes on rule deletion although deprovision is off"
    B18 "treats leaving the scope as being disabled"
    B19 "never notices that a user was deleted at the source"
    B20 "creates who is disabled as an active user"
    B21 "creates users who are disabled"
    B22 "runs although the connection is off"
    B23 "reads the flags once and never again"
    B26 "evaluates everybody when a flag is flipped"
    B27 "makes a second account for who comes back after a removal"
    // Identity and matching.
    B28 "compares userNames with their case"
    B29 "takes the first that a lookup answers, whoever that is"
    B30 "puts the address into a filter without quotes"
    B31 "does not encode the `+` of an address in a query"
    B32 "does not encode an id in a path"
    B34 "folds the directory's address alone, not Zoom's"
    B35 "keys its memory by username: a rename removes and creates"
    B37 "adopts an account that another user is linked to"
    B38 "counts a refused duplicate as Success"
    B39 "sends a refused duplicate again and again"
    B40 "takes any account of the domain when a lookup finds none"
    B42 "takes an empty id for an id"
    B43 "trims one side of a comparison"
    // Retry, ambiguity, tokens.
    B46 "creates again after a lost answer, and gives up at the duplicate"
    B48 "gives up on a user for good after a lost answer"
    B49 "does not wait at all when told to"
    B50 "takes a wait that is told as a date for none"
    B51 "takes seconds for milliseconds"
    B52 "waits however long it is told, ten years too"
    B54 "never ends its attempts, and its back-off overflows to none"
    B55 "sends again what was refused for good"
    B56 "does not try again after 502, 503, 504"
    B57 "counts being told to wait as an attempt"
    B59 "ends the run at the first 401"
    B60 "asks for a token again after every 401, for ever"
    B61 "asks for a token in each worker that saw the 401"
    B62 "asks for a token before each request"
    B64 "follows a redirect, with the token"
    B65 "takes a page of HTML for an answer"
    B67 "takes 204 for a failure"
    B68 "takes 404 on a delete for a failure"
    B69 "takes 404 on an update for success"
    B70 "creates anew on 404 although create is off"
    B71 "sets no limit to how long an answer may take"
    B72 "tries again at two layers, one inside the other"
    B73 "gives up on a user for good after a passing failure"
    // Lists.
    B74 "begins each later page one user too late"
    B75 "goes on by what it asked for, not by what it got"
    B76 "takes a short page for the last"
    B77 "reads until it has as many as the total says"
    B78 "takes a page that failed for the last"
    B79 "trusts a list whose pages moved under it"
    B80 "acts on each entry of a list, also on one that is there twice"
    // Safety, source, state.
    B82 "removes everyone when the directory is empty"
    B83 "takes a directory whose read broke off for the whole"
    B84 "lets one removal more than the limit pass"
    B85 "counts deletions alone towards the limit"
    B86 "holds each batch against the limit, not the run"
    B87 "removes up to the limit before it stops"
    B88 "lets all later runs remove as many as one was allowed to"
    B90 "takes one change of a run and loses the others"
    B91 "ends the run at the first user who fails"
    B93 "writes in a dry run where it re-enables"
    B94 "leaves deactivations out of what a dry run tells"
    B95 "does not write down a create before it is sent"
    B96 "forgets all links when it is killed in a run"
    B99 "removes every account that is not in its memory"
    // Attributes.
    B101 "empties what no rule maps"
    B102 "sends `null` as a text for what is empty"
    B104 "compares addresses with their case"
    B105 "puts an extension's attribute at the top level"
    B106 "gives who has no user type a licence"
    B107 "sends an update again in every run that is never done"
    B108 "gives up the whole update when the address is refused"
    // Reporting and secrets.
    B109 "counts who was not created as Success"
    B110 "counts who was not updated as Success"
    B111 "ends with exit code 0 although users failed"
    B112 "writes the audit before the outcome is known"
    B113 "prints the token when it logs"
    B114 "puts the secret into the URL of a token request"
    B115 "tests a connection by asking for a token alone"
    B116 "tests a connection at a path that needs no token"
    B117 "tests a connection by creating a user"
    B119 "joins URLs with one slash too many"
    B120 "writes names into the audit as they are"
    // Beyond the catalogue.
    B121 "sends an update that failed once more as it was then"
    B122 "leaves at Zoom what was emptied in the directory, where that is to be emptied"
}

/// The wrong provisioners of the catalogue that are not here, each with the reason.
pub const LEFT_OUT: &[(&str, &str)] = &[
    (
        "B24",
        "a connection that failed its test is one that is off: to the suite it is B22",
    ),
    (
        "B33",
        "values are compared byte for byte here, and Zoom keeps what it was sent",
    ),
    (
        "B47",
        "Zoom keeps addresses unique, so that no second account can come of it",
    ),
    (
        "B53",
        "waits take no time here, so that many who wake at once are not seen",
    ),
    ("B97", "a driver has one run at a time"),
    (
        "B118",
        "scenarios go over plain loopback; `diagnose` has the certificates",
    ),
];

impl fmt::Display for Bug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{self:?}"))
    }
}

impl std::str::FromStr for Bug {
    type Err = NoBug;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .find(|bug| bug.to_string().eq_ignore_ascii_case(text))
            .copied()
            .ok_or_else(|| NoBug::new(text))
    }
}

/// No seeded bug has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoBug {
    /// It is in the catalogue, and left out for a reason.
    #[error("{id} is not here, because {because}")]
    LeftOut {
        /// Its name.
        id: &'static str,
        /// The reason.
        because: &'static str,
    },
    /// It is not in the catalogue.
    #[error("there is no seeded bug `{0}`: `zoom-conformance prove --list` shows all")]
    Unknown(String),
}

impl NoBug {
    fn new(text: &str) -> Self {
        LEFT_OUT
            .iter()
            .find(|(id, _)| id.eq_ignore_ascii_case(text))
            .map_or_else(
                || Self::Unknown(text.to_owned()),
                |(id, because)| Self::LeftOut { id, because },
            )
    }
}
