//! From what a letter says to what stands in it.

use crate::pages::Pages;
use cloakroom_authority::people::{Message, Says};
use cloakroom_model::words::origin::WebOrigin;

/// A letter as it is sent.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    /// To whom.
    pub(crate) to: String,
    /// What it is about.
    pub(crate) subject: String,
    /// What it says.
    pub(crate) text: String,
    /// The link in it. Links are made of the configured address and of nothing else.
    pub(crate) link: String,
}

/// Writes a letter.
pub(crate) fn write(pages: &Pages, public_url: &WebOrigin, message: &Message) -> Written {
    let language = pages.language(&message.language, None);
    let language = language.as_str();
    let (says, name) = (&message.says, message.says.as_str());
    let link = says.link().map(|link| format!("{public_url}/confirm/{}", link.to_text().expose()));
    let with = match says {
        Says::AddressChanged(to, _) => vec![("new", to.to_string())],
        Says::NewSignIn(browser, from) => vec![("browser", browser.clone()), ("from", from.clone())],
        _ => Vec::new(),
    };
    let called: String = message.called.chars().filter(|letter| !letter.is_control()).collect();
    let greeting = match called.is_empty() {
        true => pages.text(language, "letter-greeting-plain", &[]),
        false => pages.text(language, "letter-greeting", &[("called", called)]),
    };
    let body = pages.text(language, &format!("letter-{name}"), &with);
    let mut parts = vec![greeting, body];
    parts.extend(link.clone());
    // Whoever was invited did not ask, and whose address was changed has something to do.
    if link.is_some() && !matches!(says, Says::AddressChanged(..) | Says::Invitation(..)) {
        parts.push(pages.text(language, "letter-foot", &[]));
    }
    parts.push(format!("-- \n{}\n{public_url}", pages.product()));
    Written {
        to: message.to.to_string(),
        subject: pages.text(language, &format!("letter-subject-{name}"), &[]),
        text: parts.join("\n\n") + "\n",
        link: link.unwrap_or_default(),
    }
}
