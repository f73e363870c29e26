//! The headers of a delivery (Standard Webhooks 1.0): what it is, when it was sent, and proof of both.
use base64::prelude::{BASE64_STANDARD, Engine as _};
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

pub struct Signed {
    pub id: String,
    pub timestamp: String,
    pub signature: String,
}

impl Signed {
    /// Of this attempt: the id and the body stay, the time does not.
    pub fn new(secret: &[u8], id: String, body: &str, now: DateTime<Utc>) -> Self {
        let timestamp = now.timestamp().to_string();
        let mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes a key of any length");
        let mac = mac.chain_update(format!("{id}.{timestamp}.{body}")).finalize().into_bytes();
        let signature = format!("v1,{}", BASE64_STANDARD.encode(mac));
        Self { id, timestamp, signature }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's own libraries.
    #[test]
    fn a_signature_is_as_the_standard_has_it() {
        let secret = BASE64_STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let at = DateTime::from_timestamp(1_614_265_330, 0).unwrap();
        let id = "msg_p5jXN8AQM9LWM0D4loKWxJek".to_owned();
        let signed = Signed::new(&secret, id, r#"{"test": 2432232314}"#, at);
        assert_eq!(signed.signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert_eq!(signed.timestamp, "1614265330");
    }
}
