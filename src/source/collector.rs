//! Sends documents to an OpenTelemetry collector: OTLP over HTTP, in JSON
//! (<https://opentelemetry.io/docs/specs/otlp/#otlphttp>).

use std::time::Duration;

use reqwest::{StatusCode, redirect};
use serde_json::Value;
use url::Url;

/// Time limit for one request.
const LIMIT: Duration = Duration::from_secs(10);

/// A collector at an address.
#[derive(Debug, Clone)]
pub(crate) struct Collector {
    client: reqwest::Client,
    traces: Url,
}

/// Why nothing reached the collector.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CollectorError {
    #[error(
        "the address of a collector begins with http:// or https:// and has no user, such as http://127.0.0.1:4318"
    )]
    Address,
    #[error("{0}")]
    Http(#[from] reqwest::Error),
    #[error("it answered with {0}")]
    Refused(StatusCode),
}

impl Collector {
    /// The collector at `base`, below which it takes traces at `v1/traces`.
    pub(crate) fn new(base: &Url) -> Result<Self, CollectorError> {
        let is_plain = base.username().is_empty() && base.password().is_none();
        if !matches!(base.scheme(), "http" | "https") || !is_plain {
            return Err(CollectorError::Address);
        }
        let mut traces = base.clone();
        traces.path_segments_mut().map_err(|()| CollectorError::Address)?.pop_if_empty().extend(["v1", "traces"]);
        let client = reqwest::Client::builder().redirect(redirect::Policy::none()).timeout(LIMIT);
        let client = client.user_agent(concat!("mcp-scan/", env!("CARGO_PKG_VERSION"))).build()?;
        Ok(Self { client, traces })
    }

    /// Sends an `ExportTraceServiceRequest`.
    pub(crate) async fn send_traces(&self, request: &Value) -> Result<(), CollectorError> {
        let response = self.client.post(self.traces.clone()).json(request).send().await?;
        match response.status() {
            status if status.is_success() => Ok(()),
            status => Err(CollectorError::Refused(status)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traces_go_below_the_address() {
        for (base, traces) in [
            ("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/traces"),
            ("http://127.0.0.1:4318/", "http://127.0.0.1:4318/v1/traces"),
            ("https://otel.example/api/otlp/", "https://otel.example/api/otlp/v1/traces"),
        ] {
            assert_eq!(Collector::new(&Url::parse(base).unwrap()).unwrap().traces.as_str(), traces);
        }
        for base in ["ftp://otel.example", "https://me:secret@otel.example", "mailto:me@otel.example"] {
            let refused = Collector::new(&Url::parse(base).unwrap());
            assert!(matches!(refused, Err(CollectorError::Address)), "{base}");
        }
    }
}
