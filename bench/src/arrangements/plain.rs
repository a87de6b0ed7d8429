//! A JWT as most people do it: HS256, an hour, checked in a middleware, and nothing besides.

use cloakroom::testing::ManualClock;
use cloakroom_model::ports::Clock;
use cloakroom_testkit::engine::Failure;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde_json::{Value, json};

const LIFE: i64 = 3_600;

pub(crate) struct Plain {
    clock: ManualClock,
    sign: EncodingKey,
    check: DecodingKey,
    validation: Validation,
}

impl Plain {
    pub(crate) fn new(clock: &ManualClock) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        // By the clock that is set by hand, below.
        validation.validate_exp = false;
        let secret = [7; 32];
        Self {
            clock: clock.clone(),
            sign: EncodingKey::from_secret(&secret),
            check: DecodingKey::from_secret(&secret),
            validation,
        }
    }

    fn now(&self) -> i64 {
        self.clock.now().millis() / 1_000
    }

    pub(crate) fn token(&self, groups: &[&str]) -> Result<String, Failure> {
        let claims = json!({ "sub": "anna", "iat": self.now(), "exp": self.now() + LIFE, "groups": groups });
        Ok(encode(&Header::new(Algorithm::HS256), &claims, &self.sign)?)
    }

    /// Who, and whether as an administrator; `None`: nobody.
    pub(crate) fn check(&self, token: &str) -> Option<String> {
        let claims = decode::<Value>(token, &self.check, &self.validation).ok()?.claims;
        if self.now() >= claims.get("exp")?.as_i64()? {
            return None;
        }
        let is_admin = claims.get("groups")?.as_array()?.iter().any(|group| group == "admin");
        Some(format!("{} {}", claims.get("sub")?.as_str()?, if is_admin { "admin" } else { "user" }))
    }
}
