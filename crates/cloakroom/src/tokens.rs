//! How an app issues tokens.

use crate::misuse::Misuse;
use cloakroom_model::records::family::RefreshPolicy;
use cloakroom_model::records::session::Session;
use cloakroom_model::words::digest::Digest;
use cloakroom_model::words::id::ClientId;
use cloakroom_model::words::origin::{Scheme, WebOrigin};
use cloakroom_model::words::time::Span;
use cloakroom_rules::cookie::policy::CookiePolicy;
use cloakroom_rules::feed::barrier::BORNE_AT_MOST;
use cloakroom_rules::keys::rotation::KeyPolicy;
use cloakroom_rules::token::mint::{BadClaim, Extra};
use cloakroom_rules::token::policy::TokenPolicy;
use cloakroom_web::lane::{ClaimsOf, Keeps, Lane};
use core::str::FromStr;
use std::sync::Arc;

/// How tokens are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signature {
    /// ECDSA on P-256: every library knows it.
    Es256,
    /// Ed25519: the fastest to check.
    EdDsa,
    /// RSA of 3072 bits with PSS padding.
    Ps256,
    /// RSA of 3072 bits as of old: for peers that know nothing else.
    Rs256,
}

/// How an app issues tokens: `.tokens(Tokens::new().scope("notes:read"))`. Issuer and audience are the app's own origin unless it says
/// otherwise.
#[derive(Debug, Clone)]
pub struct Tokens {
    issuer: Option<String>,
    audience: Option<String>,
    scope: Vec<String>,
    keeps: Keeps,
    late: RefreshPolicy,
    life: Option<Span>,
    verifiers_bear: Option<Span>,
    keys: KeyPolicy,
    claims: Option<ClaimsOf>,
    is_torn: bool,
}

impl Default for Tokens {
    fn default() -> Self {
        Self::new()
    }
}

impl Tokens {
    /// For apps and scripts: browsers go on to have sessions.
    #[must_use]
    pub fn new() -> Self {
        Self {
            issuer: None,
            audience: None,
            scope: Vec::new(),
            keeps: Keeps::Sessions,
            late: RefreshPolicy::Strict,
            life: None,
            verifiers_bear: None,
            keys: KeyPolicy::default(),
            claims: None,
            is_torn: false,
        }
    }

    /// Browsers have tokens too, in two cookies that script cannot read: who is signed in is known without a look-up, and the layer
    /// renews by itself.
    #[must_use]
    pub const fn in_cookies(mut self) -> Self {
        self.is_torn |= matches!(self.keeps, Keeps::InMemory);
        self.keeps = Keeps::InCookies;
        self
    }

    /// Pages hold access tokens in memory and send them in `Authorization`; the refresh token is in a cookie that script cannot read,
    /// and `POST /_cloakroom/token` renews.
    #[must_use]
    pub const fn in_memory(mut self) -> Self {
        self.is_torn |= matches!(self.keeps, Keeps::InCookies);
        self.keeps = Keeps::InMemory;
        self
    }

    /// Who issues the tokens.
    #[must_use]
    pub fn issuer(mut self, issuer: &str) -> Self {
        self.issuer = Some(issuer.to_owned());
        self
    }

    /// Whom they are meant for.
    #[must_use]
    pub fn audience(mut self, audience: &str) -> Self {
        self.audience = Some(audience.to_owned());
        self
    }

    /// One more thing that tokens can allow: every browser's token does, and it is listed where clients look. What the token of a script
    /// allows is said where it is granted ([`Cloakroom::grant_of`](crate::Cloakroom::grant_of)).
    #[must_use]
    pub fn scope(mut self, scope: &str) -> Self {
        self.scope.push(scope.to_owned());
        self
    }

    /// What you add to each access token, from the session it is minted from: `.claims(|session| Extra::of(&Plan::of(session)))`. Whoever
    /// holds a token can read it, so what looks like a secret is refused, and the request is answered 500 (`bad-claims`).
    #[must_use]
    pub fn claims(
        mut self,
        claims: impl Fn(&Session) -> Result<Extra, BadClaim> + Send + Sync + 'static,
    ) -> Self {
        self.claims = Some(ClaimsOf(Arc::new(claims)));
        self
    }

    /// How long an access token lives at most: between one minute and an hour.
    #[must_use]
    pub const fn life(mut self, life: Span) -> Self {
        self.life = Some(life);
        self
    }

    /// Lets verifiers in other processes bear knowledge that is older than ten seconds, where a route of theirs says so by name
    /// ([`Otherwise::AllowStale`](crate::Otherwise::AllowStale)). [`Cloakroom::everywhere`](crate::Cloakroom::everywhere) waits so much longer for one that is gone.
    #[must_use]
    pub const fn verifiers_bear(mut self, at_most: Span) -> Self {
        self.verifiers_bear = Some(at_most);
        self
    }

    /// How tokens are signed.
    #[must_use]
    pub const fn signed_with(mut self, signature: Signature) -> Self {
        use cloakroom_rules::keys::rotation::PairAlg;
        self.keys.alg = match signature {
            Signature::Es256 => PairAlg::Es256,
            Signature::EdDsa => PairAlg::EdDsa,
            Signature::Ps256 => PairAlg::Ps256,
            Signature::Rs256 => PairAlg::Rs256,
        };
        self
    }

    /// A browser whose answer was lost as its lid closed is not signed out: within one access token's life, once, a late retry displaces
    /// the current token. For browsers' cookies only; two who hold one are found out a little later.
    #[must_use]
    pub const fn late_retries(mut self) -> Self {
        self.late = RefreshPolicy::Fork;
        self
    }

    pub(crate) fn of(self, origin: &WebOrigin) -> Result<(TokenPolicy, Lane), Misuse> {
        if self.is_torn {
            return Err(Misuse::TwoLanes);
        }
        let own = origin.as_str().to_owned();
        let issuer = parsed(self.issuer.as_ref().unwrap_or(&own))?;
        let audience: cloakroom_model::words::scope::Audience =
            parsed(self.audience.as_ref().unwrap_or(&own))?;
        let mut policy = TokenPolicy { keys: self.keys, ..TokenPolicy::of(issuer, audience.clone()) };
        if let Some(bear) = self.verifiers_bear {
            if bear < policy.verifiers_bear || bear > BORNE_AT_MOST {
                return Err(Misuse::VerifiersBear);
            }
            policy.verifiers_bear = bear;
        }
        if let Some(life) = self.life {
            if life < Span::minutes(1) || life > Span::hours(1) {
                return Err(Misuse::TokenLife);
            }
            policy.life = life;
        }
        let refresh_cookie = match origin.scheme() {
            Scheme::Https => CookiePolicy::host_strict(),
            Scheme::Http => CookiePolicy::dev_strict(origin.port()),
        };
        let client = |what: &[u8]| {
            let [id @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] =
                Digest::of(&[what, origin.as_str().as_bytes()]).0;
            ClientId::from_bytes(id)
        };
        let lane = Lane {
            keeps: self.keeps,
            client: client(b"browsers"),
            others: client(b"others"),
            scope: self.scope.iter().map(|word| parsed(word)).collect::<Result<_, _>>()?,
            audience: vec![audience],
            claims: self.claims,
            late: self.late,
            refresh_cookie,
        };
        Ok((policy, lane))
    }
}

fn parsed<T: FromStr>(text: &str) -> Result<T, Misuse> {
    text.parse().map_err(|_| Misuse::BadTokenWord(text.to_owned()))
}
