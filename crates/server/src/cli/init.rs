//! A configuration to begin with.

use super::args::Init;
use super::out::{Failure, say};
use crate::config::Config;
use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;

/// The text. It is short on purpose: `cloakroom config reference` has the rest.
fn text(init: &Init) -> Result<String, Failure> {
    let mut text = format!(
        "# Every key with its default: `cloakroom config reference`. What is wrong: `cloakroom check`.\n\
         \n[server]\n\
         public_url = {:?}\n\
         public_listen = \"127.0.0.1:8080\"     # a proxy in front speaks TLS; or use [tls] and \"0.0.0.0:443\"\n\
         internal_listen = \"127.0.0.1:8081\"   # health, metrics, verifiers: never from outside\n\
         trusted_proxies = [\"127.0.0.1\"]      # whose X-Forwarded-For is believed\n\
         \n# [tls]\n\
         # certificate = \"/etc/cloakroom/fullchain.pem\"\n\
         # key = \"/etc/cloakroom/key.pem\"\n\
         \n[users]\n\
         sign_up = \"open\"                     # or \"invite\", \"off\"\n\
         \n# [mail]                              # sign-up and recovery need it\n\
         # url = \"smtps://user:password@mail.example.com\"\n\
         # from = \"Example <no-reply@example.com>\"\n",
        init.public_url
    );
    for app in &init.app {
        let (host, upstream) = app
            .split_once('=')
            .ok_or_else(|| Failure::failed("--app is HOST=URL: app.example.com=http://127.0.0.1:3000"))?;
        text.push_str(&format!("\n[[app]]\nhost = {host:?}\nupstream = {upstream:?}\n"));
    }
    if init.app.is_empty() {
        text.push_str("\n# [[app]]\n# host = \"app.example.com\"\n# upstream = \"http://127.0.0.1:3000\"\n");
    }
    Ok(text)
}

pub(super) fn run(init: &Init, json: bool) -> Result<(), Failure> {
    let text = text(init)?;
    // What it writes must be fine.
    Config::parse(&init.to.display().to_string(), &text, &BTreeMap::new()).map_err(Failure::config)?;
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&init.to);
    let mut file =
        made.map_err(|error| Failure::failed(format!("{} cannot be written: {error}", init.to.display())))?;
    file.write_all(text.as_bytes()).map_err(Failure::failed)?;
    let to = init.to.display();
    say(&match json {
        true => serde_json::json!({ "wrote": to.to_string() }).to_string(),
        false => format!("wrote {to}; now `cloakroom check`, then `cloakroom serve`"),
    });
    Ok(())
}
