//! What the server does where Zoom's documents are silent: each choice a setting of the account.

use serde::{Deserialize, Serialize};

/// Declares the choices, each with its values, the default first. Names, values and documentation stand in
/// one place, so that none can be without.
macro_rules! choices {
    ($(
        $(#[doc = $doc:literal])+
        $field:ident: $choice:ident {
            $(#[doc = $first_doc:literal])+
            $first:ident = $first_name:literal,
            $( $(#[doc = $value_doc:literal])+ $value:ident = $name:literal, )+
        }
    )+) => {
        $(
            $(#[doc = $doc])+
            #[derive(
                Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema,
            )]
            pub enum $choice {
                $(#[doc = $first_doc])+
                #[default]
                #[serde(rename = $first_name)]
                $first,
                $( $(#[doc = $value_doc])+ #[serde(rename = $name)] $value, )+
            }
        )+

        /// What the server does where Zoom's documents are silent. Every default is our choice, and none is a
        /// fact about Zoom.
        #[derive(
            Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema,
        )]
        #[serde(deny_unknown_fields, default)]
        pub struct Choices {
            $( $(#[doc = $doc])+ pub $field: $choice, )+
        }

        impl Choices {
            /// Every choice, for a person.
            pub const DOCUMENTATION: &'static [Choice] = &[
                $( Choice {
                    name: stringify!($field),
                    says: concat!($($doc),+).trim_ascii(),
                    values: &[
                        ChoiceValue { name: $first_name, says: concat!($($first_doc),+).trim_ascii() },
                        $( ChoiceValue { name: $name, says: concat!($($value_doc),+).trim_ascii() } ),+
                    ],
                } ),+
            ];
        }
    };
}

/// The documentation of a choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Choice {
    /// The key under `choices` in an account's settings.
    pub name: &'static str,
    /// What is chosen.
    pub says: &'static str,
    /// The first is the default.
    pub values: &'static [ChoiceValue],
}

/// One of the values of a choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ChoiceValue {
    /// How it is written in settings.
    pub name: &'static str,
    /// What it does.
    pub says: &'static str,
}

choices! {
    /// The media type of SCIM answers.
    media_type: MediaType {
        /// `application/json`, which Zoom's reference declares.
        Json = "json",
        /// `application/scim+json`, which clients ask for.
        ScimJson = "scim+json",
    }
    /// The envelope of 401, of a missing scope and of 429 on the SCIM2 paths.
    gateway_errors: GatewayErrors {
        /// `{code,message}`, because Zoom's gateway decides them.
        Gateway = "gateway",
        /// SCIM's, for clients that read nothing else.
        Scim = "scim",
    }
    /// The envelope of 403, 404 and 409 on the SCIM2 paths.
    refusals: Refusals {
        /// SCIM's, which the 400s have that clients have seen.
        Scim = "scim",
        /// `{code,message}`, with the status as the code.
        Gateway = "gateway",
    }
    /// A `count` or `startIndex` that is out of range or no number.
    paging_out_of_range: PagingOutOfRange {
        /// It is taken for the nearest value that fits, or for the default.
        Clamp = "clamp",
        /// 400.
        Refuse = "refuse",
    }
    /// `Resources` in a list without any.
    empty_resources: EmptyResources {
        /// `[]`.
        Shown = "shown",
        /// Absent.
        Omitted = "omitted",
    }
    /// The order of a list.
    list_order: ListOrder {
        /// As created.
        OldestFirst = "oldest_first",
        /// The latest created first.
        NewestFirst = "newest_first",
    }
    /// The case of a userName.
    user_name_case: UserNameCase {
        /// It stays as it was sent; lookups fold ASCII case either way.
        Kept = "kept",
        /// It is made lower case.
        Lowered = "lowered",
    }
    /// `active: false` on a create.
    create_inactive: CreateInactive {
        /// It is ignored: the user is active.
        Ignored = "ignored",
        /// The user is created inactive.
        Obeyed = "obeyed",
    }
    /// A patch of `active` in another form than the documented one: with a path, with an `op` in another
    /// case, with the strings `"True"` and `"False"`.
    patch_form: PatchForm {
        /// It is understood.
        Lenient = "lenient",
        /// 400, as for a patch without `active`.
        Strict = "strict",
    }
    /// An address whose domain is not associated with the account.
    unassociated_domain: UnassociatedDomain {
        /// 409, as documented now.
        Refused = "refused",
        /// 201, and the user is pending until they accept, as before 2022.
        Pending = "pending",
    }
    /// A create for an address that belongs to somebody else's Zoom account.
    foreign_address: ForeignAddress {
        /// 400, in use.
        InUse = "in_use",
        /// 201, and the user is pending until they consent.
        Pending = "pending",
    }
    /// The address of a deleted user.
    deleted_address: DeletedAddress {
        /// It is free at once.
        Free = "free",
        /// It stays in use, as after a disassociation: somebody's own account has it now.
        InUse = "in_use",
    }
    /// A create for the address of an inactive user.
    deactivated_address: DeactivatedAddress {
        /// 400, in use, as for any user.
        InUse = "in_use",
        /// 201, and the user is active again, with what was sent.
        Reactivated = "reactivated",
    }
    /// The type of a user who is activated again.
    reactivated_type: ReactivatedType {
        /// Basic: the licence was taken by the deactivation.
        Basic = "basic",
        /// The one before the deactivation.
        Restored = "restored",
    }
    /// A `userType` that Zoom does not have.
    unknown_user_type: UnknownUserType {
        /// 400.
        Refused = "refused",
        /// It is ignored.
        Ignored = "ignored",
    }
    /// A role that the account does not have.
    unknown_role: UnknownRole {
        /// It is taken as it stands.
        Accepted = "accepted",
        /// It is ignored.
        Ignored = "ignored",
        /// 400.
        Refused = "refused",
    }
    /// A group in a user's `groups` that the account does not have.
    unknown_group: UnknownGroup {
        /// It is ignored.
        Ignored = "ignored",
        /// 400.
        Refused = "refused",
    }
    /// A member in a group's patch whom the account does not have.
    unknown_member: UnknownMember {
        /// It is ignored: 204.
        Ignored = "ignored",
        /// 404, and nothing of the patch is done.
        Refused = "refused",
    }
    /// `members` in the answers about groups.
    group_members: GroupMembers {
        /// Absent, as documented.
        Hidden = "hidden",
        /// Shown, as one client's code expects.
        Shown = "shown",
    }
    /// `members` in a group's create.
    group_create_members: GroupCreateMembers {
        /// They are ignored.
        Ignored = "ignored",
        /// They are added.
        Added = "added",
    }
    /// A licence attribute with a value that its enumeration does not have, beside `zoomUnited`, for which
    /// Zoom documents an error.
    unknown_licence: UnknownLicence {
        /// 400.
        Refused = "refused",
        /// It is taken as it stands.
        Accepted = "accepted",
    }
    /// The quotes around the address in the 409 of an e-mail change.
    taken_email_quotes: TakenEmailQuotes {
        /// One on each side.
        Single = "single",
        /// Two on each side, as Zoom's reference prints them.
        Double = "double",
    }
    /// A token request whose parameters are JSON.
    json_token_request: JsonTokenRequest {
        /// They are not read: unsupported grant type.
        Ignored = "ignored",
        /// They are read.
        Read = "read",
    }
    /// A token request without an `account_id`.
    missing_account_id: MissingAccountId {
        /// 400, as for a wrong one.
        Refused = "refused",
        /// The token is for the account that the client id belongs to.
        Accepted = "accepted",
    }
    /// A token request of an app that is not active.
    inactive_app: InactiveApp {
        /// 400, with the text of Zoom's internal code 4717.
        Told = "told",
        /// 400, as for a wrong client id.
        Hidden = "hidden",
    }
    /// The tokens that an app had before it gets another.
    earlier_tokens: EarlierTokens {
        /// They stay valid, as documented now.
        Valid = "valid",
        /// They are invalid, as before 2023.
        Invalid = "invalid",
    }
    /// The tokens that an app had before its secret was rotated.
    rotated_tokens: RotatedTokens {
        /// They stay valid.
        Valid = "valid",
        /// They are invalid.
        Invalid = "invalid",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_is_documented_under_its_name() {
        let defaults = serde_json::to_value(Choices::default()).unwrap();
        let defaults = defaults.as_object().unwrap();
        assert_eq!(defaults.len(), Choices::DOCUMENTATION.len());
        for choice in Choices::DOCUMENTATION {
            assert_eq!(
                defaults[choice.name], choice.values[0].name,
                "{}",
                choice.name
            );
            assert!(choice.says.ends_with('.'), "{}", choice.name);
        }
    }
}
