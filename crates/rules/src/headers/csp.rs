//! Content Security Policy: what script may run, where forms may go, who may frame the page.

use cloakroom_model::ports::{Entropy, NoEntropy};
use cloakroom_model::words::origin::WebOrigin;
use cloakroom_model::words::text::base64url;

/// A value that marks the scripts and styles of one answer as the app's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nonce(String);

impl Nonce {
    /// A new one: 128 bits.
    pub fn draw(entropy: &dyn Entropy) -> Result<Self, NoEntropy> {
        let mut bytes = [0u8; 16];
        entropy.fill(&mut bytes)?;
        Ok(Self(base64url(&bytes)))
    }

    /// The nonce as an attribute has it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a policy is kept or only told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// The browser keeps to it.
    #[default]
    Enforce,
    /// The browser reports what it would have stopped: to find out before one enforces.
    ReportOnly,
}

impl Mode {
    /// The name of the header.
    #[must_use]
    pub const fn header(self) -> &'static str {
        match self {
            Self::Enforce => "content-security-policy",
            Self::ReportOnly => "content-security-policy-report-only",
        }
    }
}

/// A policy. It begins strict, and every way of making it wider has a name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Csp {
    images: Vec<WebOrigin>,
    connects: Vec<WebOrigin>,
    form_targets: Vec<WebOrigin>,
    report_to: Option<String>,
}

impl Csp {
    /// Images may come from there too.
    #[must_use]
    pub fn images_from(mut self, origin: WebOrigin) -> Self {
        self.images.push(origin);
        self
    }

    /// Script may talk to it too.
    #[must_use]
    pub fn connects_to(mut self, origin: WebOrigin) -> Self {
        self.connects.push(origin);
        self
    }

    /// A form may end there: also one whose answer is a redirect to it.
    #[must_use]
    pub fn forms_may_end_at(mut self, origin: WebOrigin) -> Self {
        self.form_targets.push(origin);
        self
    }

    /// What the browser stopped is told to this path of the app.
    #[must_use]
    pub fn reports_to(mut self, path: &str) -> Self {
        self.report_to = Some(path.to_owned());
        self
    }

    /// The value of the header. Without a nonce no script of the page itself runs.
    #[must_use]
    pub fn to_text(&self, nonce: Option<&Nonce>) -> String {
        let (script, style) = match nonce {
            Some(Nonce(nonce)) => {
                (format!("'nonce-{nonce}' 'strict-dynamic'"), format!("'self' 'nonce-{nonce}'"))
            }
            None => ("'self'".to_owned(), "'self'".to_owned()),
        };
        let mut out = format!("default-src 'self'; script-src {script}; style-src {style}");
        list(&mut out, "img-src", &self.images);
        list(&mut out, "connect-src", &self.connects);
        out.push_str("; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'");
        for origin in &self.form_targets {
            out.push(' ');
            out.push_str(origin.as_str());
        }
        out.push_str("; require-trusted-types-for 'script'");
        if let Some(path) = &self.report_to {
            out.push_str("; report-uri ");
            out.push_str(path);
        }
        out
    }
}

fn list(out: &mut String, directive: &str, origins: &[WebOrigin]) {
    if !origins.is_empty() {
        out.push_str("; ");
        out.push_str(directive);
        out.push_str(" 'self'");
        for origin in origins {
            out.push(' ');
            out.push_str(origin.as_str());
        }
    }
}

#[cfg(test)]
mod tests;
