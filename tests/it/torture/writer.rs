//! One program that creates, rotates and revokes tokens as fast as it is answered.
use std::time::Duration;

use reqwest::Response;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::ledger::{Deed, Ledger};
use crate::support::Api;

const AFTER_A_FAILURE: Duration = Duration::from_millis(50);
const TOKENS: &str = "/api/v2/organization/tokens/";

pub struct Writer {
    ledger: Ledger,
    api: Api,
    stopped: watch::Receiver<bool>,
}

impl Writer {
    pub fn new(ledger: Ledger, url: &str, pat: &str, stopped: watch::Receiver<bool>) -> Self {
        Self { ledger, api: Api::new(url, Some(pat)), stopped }
    }

    /// Until it is stopped. What is not answered with a success stays in doubt.
    pub async fn write(mut self) -> Ledger {
        while !*self.stopped.borrow() {
            let deed = self.ledger.next_deed();
            match self.does(&deed).await {
                Ok(response) if response.status().is_success() => {
                    let text = response.text().await.unwrap_or_default();
                    // An answer that was cut off is none.
                    if let Ok(body) = read(&deed, &text) {
                        self.ledger.acknowledge(deed, &body);
                    }
                }
                Ok(response) => {
                    assert!(response.status().is_server_error(), "{response:?}");
                    tokio::time::sleep(AFTER_A_FAILURE).await;
                }
                Err(_) => tokio::time::sleep(AFTER_A_FAILURE).await,
            }
        }
        self.ledger
    }

    async fn does(&self, deed: &Deed) -> reqwest::Result<Response> {
        match deed {
            Deed::Create { name } => self.api.request("POST", TOKENS).json(&json!({"name": name})),
            Deed::Rotate { id, .. } => self
                .api
                .request("POST", &format!("{TOKENS}{id}/rotate/"))
                .json(&json!({"grace_seconds": 0})),
            Deed::Revoke { id, .. } => self.api.request("DELETE", &format!("{TOKENS}{id}/")),
        }
        .send()
        .await
    }
}

fn read(deed: &Deed, text: &str) -> serde_json::Result<Value> {
    if matches!(deed, Deed::Revoke { .. }) { Ok(Value::Null) } else { serde_json::from_str(text) }
}
