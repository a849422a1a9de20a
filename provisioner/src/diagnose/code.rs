//! What can be wrong with a connection: a stable code for each, with its family, what it means and what to do.

use serde::Serialize;

use super::Family;

/// Makes [`Code`] of a table: name, family, what is wrong, what to do.
macro_rules! codes {
    ($($code:ident $name:literal $family:ident $what:literal $remedy:literal;)*) => {
        /// What is wrong with a connection. The names do not change.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        pub enum Code {
            $(#[doc = $what] #[serde(rename = $name)] $code,)*
        }

        impl Code {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$code),*];

            /// The name, for programs.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$code => $name,)* }
            }

            /// What kind of thing is wrong.
            #[must_use]
            pub const fn family(self) -> Family {
                match self { $(Self::$code => Family::$family,)* }
            }

            /// One sentence on what is wrong.
            #[must_use]
            pub const fn what(self) -> &'static str {
                match self { $(Self::$code => $what,)* }
            }

            /// One sentence on what to do.
            #[must_use]
            pub const fn remedy(self) -> &'static str {
                match self { $(Self::$code => $remedy,)* }
            }
        }
    };
}

codes! {
    HostNotFound "host_not_found" Unreachable
        "The host's name cannot be resolved."
        "Check the spelling of the host in the URL, and this machine's DNS.";
    Refused "refused" Unreachable
        "The host refuses the connection: nothing listens at this port."
        "Check the port in the URL and that the server runs; a firewall may also refuse.";
    ConnectTimeout "connect_timeout" Unreachable
        "The host does not take the connection: nothing answered in time, or there is no way to it."
        "Check host and port of the URL, and whether a firewall lets this machine out to them.";
    ReadTimeout "read_timeout" Unreachable
        "The host took the request and did not answer in time."
        "Try again in a minute; if it stays so, look for what stands between this machine and Zoom.";
    Dropped "dropped" Unreachable
        "The connection ended before an answer came."
        "Try again in a minute; if it stays so, a firewall or proxy ends the connection, or the port is not HTTP.";
    ZoomError "zoom_error" Unreachable
        "Zoom has an error of its own."
        "Try again in a few minutes, and look at https://www.zoomstatus.com.";
    ZoomUnavailable "zoom_unavailable" Unreachable
        "Zoom is not available at the moment."
        "Try again in a few minutes, and look at https://www.zoomstatus.com.";

    TlsExpired "tls_expired" Tls
        "The server's certificate has expired."
        "Have the certificate renewed; if it is current, set this machine's clock right.";
    TlsNotYetValid "tls_not_yet_valid" Tls
        "The server's certificate is not valid yet."
        "Set this machine's clock right; if it is right, have the certificate issued anew.";
    TlsWrongHost "tls_wrong_host" Tls
        "The server's certificate is for another host."
        "Use the host in the URL that the certificate names; if it is Zoom's own, something stands in between.";
    TlsSelfSigned "tls_self_signed" Tls
        "The server's certificate is signed by itself, and not by an authority that is trusted."
        "Check that the host is right; if it is yours, have it use a certificate of an authority, and name that in ca_file.";
    TlsUntrustedRoot "tls_untrusted_root" Tls
        "The server's certificate comes from an authority that is not trusted here."
        "If a proxy of yours inspects TLS, name its root certificate in ca_file; otherwise do not trust this host.";
    TlsNotSpoken "tls_not_spoken" Tls
        "The port does not speak TLS."
        "Check the port in the URL: https:// is usually 443; this one speaks something else, such as plain HTTP.";
    TlsStalled "tls_stalled" Tls
        "The TLS handshake did not come to its end in time."
        "Try again; if it stays so, a firewall or proxy swallows the handshake, or the port is not TLS.";
    TlsFailed "tls_failed" Tls
        "TLS could not be agreed on with the server."
        "Check host and port of the URL, and that the server speaks TLS 1.2 or 1.3.";

    StrayWhiteSpace "stray_white_space" Credentials
        "A credential has white space at its beginning or end."
        "Take the white space out, which copying often brings along, and test again.";
    InvalidClient "invalid_client" Credentials
        "Zoom does not know the client id, or the client secret does not belong to it."
        "Copy client id and client secret again from the app's page in the Zoom App Marketplace.";
    InvalidAccount "invalid_account" Credentials
        "The account id is not the one of the app."
        "Copy the account id again from the app's page in the Zoom App Marketplace.";
    AppInactive "app_inactive" Credentials
        "The app is deactivated in Zoom."
        "Activate the app on its page in the Zoom App Marketplace.";
    UnsupportedGrant "unsupported_grant" Credentials
        "The app is of a kind that gets no tokens this way, such as the old JWT apps."
        "Create a Server-to-Server OAuth app in the Zoom App Marketplace, and use its credentials.";
    TokenRefused "token_refused" Credentials
        "Zoom refuses to issue a token."
        "Compare account id, client id and client secret with the app's page in the Zoom App Marketplace.";

    MissingScope "missing_scope" Authorisation
        "The app lacks the scope for SCIM."
        "Add the scope scim2 (or scim2:admin) to the app in the Zoom App Marketplace.";
    TokenExpired "token_expired" Authorisation
        "Zoom says of a token that it has just issued that it is expired."
        "Test again; if it stays so, something else asks for tokens of this app and ends ours: give each an app of its own.";
    TokenNotAccepted "token_not_accepted" Authorisation
        "Zoom issued a token and does not accept it."
        "Test again; if it stays so, something else asks for tokens of this app, or the app was just changed.";
    TokenOfAnotherZoom "token_of_another_zoom" Authorisation
        "The SCIM URL does not accept the token, which comes from another host."
        "Take token URL and SCIM URL of the same Zoom: https://zoom.us/oauth/token and https://api.zoom.us/scim2.";
    PermissionRemoved "permission_removed" Authorisation
        "The owner of the app may not read users."
        "Give the owner of the app a role in Zoom with the permissions to view and edit users, and test again.";

    InvalidUrl "invalid_url" WrongUrl
        "A URL of the connection cannot be used."
        "Write https://zoom.us/oauth/token as token URL and https://api.zoom.us/scim2 as SCIM URL.";
    InsecureUrl "insecure_url" WrongUrl
        "A URL of the connection is plain http, which would show the client secret to the network."
        "Write the URL with https://; plain http goes to 127.0.0.1, ::1 and localhost alone.";
    Redirected "redirected" WrongUrl
        "The URL leads to another place, which is not followed, for the secret would go along."
        "Check the URL; if it is right, a proxy or portal stands in between, and this machine needs a way past it.";
    TokenUrlNotFound "token_url_not_found" WrongUrl
        "Nothing issues tokens at the token URL."
        "Use https://zoom.us/oauth/token as token URL.";
    TokenWrongMethod "token_wrong_method" WrongUrl
        "The token URL does not take POST, so it is no token endpoint."
        "Use https://zoom.us/oauth/token as token URL.";
    TokenHtml "token_html" WrongUrl
        "The token URL answers with a page for people."
        "Use https://zoom.us/oauth/token as token URL; if it is, a proxy or portal answers in Zoom's place.";
    ScimUrlIncomplete "scim_url_incomplete" WrongUrl
        "The SCIM URL lacks its path."
        "Use https://api.zoom.us/scim2 as SCIM URL.";
    ScimUrlDoubled "scim_url_doubled" WrongUrl
        "The SCIM URL has its path twice."
        "Use https://api.zoom.us/scim2 as SCIM URL.";
    ScimUrlNotFound "scim_url_not_found" WrongUrl
        "There are no SCIM users at the SCIM URL."
        "Use https://api.zoom.us/scim2 as SCIM URL.";

    SsoDisabled "sso_disabled" Account
        "The Zoom account has no single sign-on, without which it has no SCIM."
        "Enable single sign-on for the Zoom account; if its plan has none, SCIM needs a Business plan or higher.";

    TokenThrottled "token_throttled" Limits
        "Zoom has had too many requests for tokens."
        "Wait a minute, and test again; look for what asks for tokens so often.";
    PerSecondLimit "per_second_limit" Limits
        "Zoom has had too many requests in this second."
        "Test again; if it stays so, another program uses up the account's limit.";
    DailyLimit "daily_limit" Limits
        "The Zoom account has used up its requests for today."
        "Wait until the limit is renewed at 00:00 UTC, and find what uses it up.";

    CaptivePortal "captive_portal" NotZoom
        "The network asks for a login before it lets anything through."
        "Log in to the network, or take another one.";
    TokenNotJson "token_not_json" NotZoom
        "The token URL's answer is no JSON, so it is not Zoom's."
        "Use https://zoom.us/oauth/token as token URL; if it is, something answers in Zoom's place.";
    TokenMissing "token_missing" NotZoom
        "The token URL's answer has no usable token."
        "Use https://zoom.us/oauth/token as token URL; if it is, something answers in Zoom's place.";
    ScimHtml "scim_html" NotZoom
        "The SCIM URL answers with a page for people."
        "Use https://api.zoom.us/scim2 as SCIM URL; if it is, a proxy or portal answers in Zoom's place.";
    NotScim "not_scim" NotZoom
        "The SCIM URL does not answer as Zoom's SCIM2 does."
        "Use https://api.zoom.us/scim2 as SCIM URL; if it is, something answers in Zoom's place.";
    AnswerCut "answer_cut" NotZoom
        "The answer breaks off in the middle."
        "Test again; if it stays so, a proxy between this machine and Zoom cuts answers off.";
    AnswerTooLarge "answer_too_large" NotZoom
        "The answer is far larger than one user."
        "Check the URL: what answers is not Zoom's SCIM2.";
    PagingBroken "paging_broken" NotZoom
        "Page after page of users does not give each user once."
        "Do not sync with this: what answers is not Zoom's SCIM2, or a proxy repeats old answers.";
}
