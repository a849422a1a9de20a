//! Exchanges as an HTTP Archive, which browsers and proxies show (HAR 1.2).

use std::sync::Arc;

use serde_json::{Value, json};

use super::Exchange;

/// The archive of some exchanges. `base_url` is where the server listens.
pub(crate) fn har(exchanges: &[Arc<Exchange>], base_url: &str) -> Value {
    let entries: Vec<Value> = exchanges
        .iter()
        .map(|exchange| entry(exchange, base_url))
        .collect();
    json!({
        "log": {
            "version": "1.2",
            "creator": { "name": "zoom-mock", "version": env!("CARGO_PKG_VERSION") },
            "entries": entries,
        }
    })
}

fn entry(exchange: &Exchange, base_url: &str) -> Value {
    let pairs = |pairs: Vec<(String, String)>| -> Vec<Value> {
        let pair = |(name, value)| json!({ "name": name, "value": value });
        pairs.into_iter().map(pair).collect()
    };
    let query = exchange.query.as_deref().unwrap_or_default();
    let url = match &exchange.query {
        Some(query) => format!("{base_url}{}?{query}", exchange.path),
        None => format!("{base_url}{}", exchange.path),
    };
    let headers = exchange
        .request_headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect();
    let query = form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    let content_type = exchange
        .request_headers
        .iter()
        .find_map(|(name, value)| (*name == "content-type").then_some(value.as_str()));
    let mut request = json!({
        "method": exchange.method.as_str(),
        "url": url,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": pairs(headers),
        "queryString": pairs(query),
        "headersSize": -1,
        "bodySize": exchange.request_body.len(),
    });
    if let (false, Some(map)) = (exchange.request_body.is_empty(), request.as_object_mut()) {
        let post = json!({
            "mimeType": content_type.unwrap_or_default(),
            "text": String::from_utf8_lossy(&exchange.request_body),
        });
        map.insert("postData".to_owned(), post);
    }
    json!({
        "startedDateTime": exchange.at.to_string(),
        "time": 0,
        "request": request,
        "response": {
            "status": exchange.status,
            "statusText": "",
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": [],
            "content": {
                "size": exchange.response_body.len(),
                "mimeType": "application/json",
                "text": String::from_utf8_lossy(&exchange.response_body),
            },
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": exchange.response_body.len(),
        },
        "cache": {},
        "timings": { "send": 0, "wait": 0, "receive": 0 },
    })
}
