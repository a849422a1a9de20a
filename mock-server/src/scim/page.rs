//! The query of a list, and its answer.

use std::num::IntErrorKind;

use bytes::Bytes;

/// How many resources a page has at the most (Zoom's SCIM2 reference).
pub(crate) const MAX_COUNT: usize = 100;

/// The highest start of a page: what is beyond may not be read as an integer by a client, which is told it in
/// the answer. Zoom names no limit.
const MAX_START_INDEX: usize = i32::MAX as usize;

/// Which part of a list is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PageRequest {
    /// From 1.
    pub(crate) start_index: usize,
    /// From 0 to 100.
    pub(crate) count: usize,
    /// The filter as it was sent.
    pub(crate) filter: Option<String>,
}

/// What a number of the query is taken for when it does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Paging {
    /// How many resources a page has when the request does not say.
    pub(crate) default_count: usize,
    /// How many a page has at the most, whatever the request says.
    pub(crate) page_cap: usize,
    /// Whether a number that does not fit is an error, instead of being taken for the nearest that does.
    pub(crate) strict: bool,
}

/// A number of the query does not fit; this is its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OutOfRange(pub(crate) &'static str);

impl PageRequest {
    /// Reads a query; keys that Zoom does not document are ignored.
    pub(crate) fn read(query: Option<&str>, paging: Paging) -> Result<Self, OutOfRange> {
        let mut request = Self {
            start_index: 1,
            count: paging.default_count,
            filter: None,
        };
        for (key, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            match key.as_ref() {
                "startIndex" => {
                    let index = paging.number("startIndex", &value, 1, MAX_START_INDEX)?;
                    request.start_index = index.unwrap_or(1);
                }
                "count" => {
                    let count = paging.number("count", &value, 0, MAX_COUNT)?;
                    request.count = count.unwrap_or(paging.default_count);
                }
                "filter" => request.filter = Some(value.into_owned()),
                _ => {}
            }
        }
        request.count = request.count.min(paging.page_cap);
        Ok(request)
    }

    /// How many resources stand before the page.
    pub(crate) fn skipped(&self) -> usize {
        self.start_index - 1
    }
}

impl Paging {
    /// A number in a range; `None` for what is no number.
    fn number(
        self,
        name: &'static str,
        text: &str,
        least: usize,
        most: usize,
    ) -> Result<Option<usize>, OutOfRange> {
        let number = match text.parse::<i128>() {
            Ok(number) => Some(number),
            Err(error) => match error.kind() {
                IntErrorKind::PosOverflow => Some(i128::MAX),
                IntErrorKind::NegOverflow => Some(i128::MIN),
                _ => None,
            },
        };
        let fitted = number.map(|number| match usize::try_from(number) {
            Ok(number) => number.clamp(least, most),
            Err(_) if number < 0 => least,
            Err(_) => most,
        });
        let fits =
            number.is_some() && number == fitted.and_then(|fitted| i128::try_from(fitted).ok());
        if self.strict && !fits {
            return Err(OutOfRange(name));
        }
        Ok(fitted)
    }
}

/// The answer to a list (RFC 7644 section 3.4.2), of so many items that are already rendered, one or more a piece.
/// Without `empty_resources` a list without items has no `Resources`.
pub(crate) fn list_response(
    total: i64,
    start_index: usize,
    pieces: &[Bytes],
    count: usize,
    empty_resources: bool,
) -> Vec<u8> {
    let size: usize = pieces.iter().map(|piece| piece.len() + 1).sum();
    let head = format!(
        "{{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:ListResponse\"],\"totalResults\":{total},\
         \"startIndex\":{start_index},\"itemsPerPage\":{count}"
    );
    let mut body = Vec::with_capacity(head.len() + size + 20);
    body.extend_from_slice(head.as_bytes());
    if pieces.is_empty() && !empty_resources {
        body.push(b'}');
        return body;
    }
    body.extend_from_slice(b",\"Resources\":[");
    for (index, piece) in pieces.iter().enumerate() {
        if index > 0 {
            body.push(b',');
        }
        body.extend_from_slice(piece);
    }
    body.extend_from_slice(b"]}");
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    const LENIENT: Paging = Paging {
        default_count: 1,
        page_cap: MAX_COUNT,
        strict: false,
    };

    fn page(query: &str) -> (usize, usize) {
        let request = PageRequest::read(Some(query), LENIENT).unwrap();
        (request.start_index, request.count)
    }

    #[test]
    fn a_page_has_no_more_than_the_account_gives() {
        let capped = Paging {
            default_count: 9,
            page_cap: 7,
            ..LENIENT
        };
        for (query, count) in [("count=50", 7), ("count=7", 7), ("count=3", 3), ("", 7)] {
            assert_eq!(PageRequest::read(Some(query), capped).unwrap().count, count);
        }
    }

    #[test]
    fn clamps_what_is_out_of_range() {
        assert_eq!(page(""), (1, 1));
        assert_eq!(page("startIndex=3&count=50"), (3, 50));
        assert_eq!(page("startIndex=0&count=0"), (1, 0));
        assert_eq!(page("startIndex=-1&count=-5"), (1, 0));
        assert_eq!(
            page("startIndex=99999999999999999999999&count=101"),
            (MAX_START_INDEX, 100)
        );
        let huge = "9".repeat(60);
        assert_eq!(
            page(&format!("startIndex={huge}&count=-{huge}")),
            (MAX_START_INDEX, 0)
        );
        assert_eq!(page("startIndex=one&count=many"), (1, 1));
        assert_eq!(page("startIndex=&count=1.5&sortBy=id"), (1, 1));
    }

    #[test]
    fn refuses_what_is_out_of_range_where_the_account_has_chosen_so() {
        let strict = Paging {
            strict: true,
            ..LENIENT
        };
        for (query, name) in [
            ("startIndex=0", "startIndex"),
            ("startIndex=-1", "startIndex"),
            ("startIndex=2147483648", "startIndex"),
            ("count=101", "count"),
            ("count=-1", "count"),
            ("count=ten", "count"),
        ] {
            assert_eq!(
                PageRequest::read(Some(query), strict),
                Err(OutOfRange(name)),
                "{query}"
            );
        }
        assert!(PageRequest::read(Some("startIndex=7&count=0"), strict).is_ok());
    }

    #[test]
    fn a_plus_in_a_query_is_a_space() {
        let filter = |query| PageRequest::read(query, LENIENT).unwrap().filter;
        assert_eq!(
            filter(Some("filter=userName+eq+a%2Bb")),
            Some("userName eq a+b".to_owned())
        );
        assert_eq!(filter(None), None);
    }

    #[test]
    fn an_empty_list_has_its_resources_or_not() {
        let list = |shown| -> serde_json::Value {
            serde_json::from_slice(&list_response(0, 1, &[], 0, shown)).unwrap()
        };
        assert_eq!(list(true)["Resources"], serde_json::json!([]));
        assert_eq!(list(true)["itemsPerPage"], 0);
        assert_eq!(list(false).get("Resources"), None);
    }
}
