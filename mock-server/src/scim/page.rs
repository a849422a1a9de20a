//! The query of a list, and its answer.

use bytes::Bytes;

/// How many users a page has when the request does not say (Zoom's SCIM2 reference).
const DEFAULT_COUNT: usize = 1;
/// How many users a page has at the most; more is taken for this many, which is our choice.
const MAX_COUNT: usize = 100;

/// Which part of a list is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PageRequest {
    /// From 1; less, and what is no number, is taken for 1.
    pub(crate) start_index: usize,
    /// From 0 to 100; what is no number is taken for the default.
    pub(crate) count: usize,
    /// The filter as it was sent.
    pub(crate) filter: Option<String>,
}

impl PageRequest {
    /// Reads a query; keys that Zoom does not document are ignored.
    pub(crate) fn read(query: Option<&str>) -> Self {
        let mut request = Self {
            start_index: 1,
            count: DEFAULT_COUNT,
            filter: None,
        };
        for (key, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            match key.as_ref() {
                "startIndex" => request.start_index = number(&value, 1).max(1),
                "count" => request.count = number(&value, DEFAULT_COUNT).min(MAX_COUNT),
                "filter" => request.filter = Some(value.into_owned()),
                _ => {}
            }
        }
        request
    }
}

/// An integer of any size: too small is 0, too large the largest, no number `otherwise`.
fn number(text: &str, otherwise: usize) -> usize {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        otherwise
    } else if text.starts_with('-') {
        0
    } else {
        digits.parse().unwrap_or(usize::MAX)
    }
}

/// The answer to a list (RFC 7644 section 3.4.2), of items that are already rendered.
pub(crate) fn list_response(total: usize, start_index: usize, items: &[Bytes]) -> Vec<u8> {
    let size: usize = items.iter().map(|item| item.len() + 1).sum();
    let head = format!(
        "{{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:ListResponse\"],\"totalResults\":{total},\
         \"startIndex\":{start_index},\"itemsPerPage\":{},\"Resources\":[",
        items.len()
    );
    let mut body = Vec::with_capacity(head.len() + size + 2);
    body.extend_from_slice(head.as_bytes());
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            body.push(b',');
        }
        body.extend_from_slice(item);
    }
    body.extend_from_slice(b"]}");
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(query: &str) -> (usize, usize) {
        let request = PageRequest::read(Some(query));
        (request.start_index, request.count)
    }

    #[test]
    fn clamps_what_is_out_of_range() {
        assert_eq!(page(""), (1, 1));
        assert_eq!(page("startIndex=3&count=50"), (3, 50));
        assert_eq!(page("startIndex=0&count=0"), (1, 0));
        assert_eq!(page("startIndex=-1&count=-5"), (1, 0));
        assert_eq!(
            page("startIndex=99999999999999999999999&count=101"),
            (usize::MAX, 100)
        );
        assert_eq!(page("startIndex=one&count=many"), (1, 1));
        assert_eq!(page("startIndex=&count=1.5&sortBy=id"), (1, 1));
    }

    #[test]
    fn a_plus_in_a_query_is_a_space() {
        let filter = |query| PageRequest::read(Some(query)).filter;
        assert_eq!(
            filter("filter=userName+eq+a%2Bb"),
            Some("userName eq a+b".to_owned())
        );
        assert_eq!(PageRequest::read(None).filter, None);
    }

    #[test]
    fn an_empty_list_has_its_resources() {
        let body: serde_json::Value = serde_json::from_slice(&list_response(0, 1, &[])).unwrap();
        assert_eq!(body["Resources"], serde_json::json!([]));
        assert_eq!(
            (&body["totalResults"], &body["itemsPerPage"]),
            (&0.into(), &0.into())
        );
    }
}
