//! Somebody else's library.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// What is asked of each.
pub(crate) trait Peer {
    fn name(&self) -> &'static str;

    /// A new key: what it is called there, and its public half as JSON.
    fn key(&mut self, alg: &str) -> Option<(Value, Value)>;

    fn sign(&mut self, alg: &str, key: &Value, payload: &str) -> Option<String>;

    fn sign_shared(&mut self, jwk: &Value, payload: &str) -> Option<String>;

    /// The payload, if it believes the token.
    fn verify(&mut self, alg: &str, jwk: &Value, token: &str) -> Option<String>;
}

/// A program that answers a line for each line.
pub(crate) struct Lines {
    name: &'static str,
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Lines {
    /// Starts it, and sees whether it answers.
    pub(crate) fn start(name: &'static str, program: &str, arguments: &[&str]) -> Option<Box<dyn Peer>> {
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let (to, from) = (child.stdin.take()?, BufReader::new(child.stdout.take()?));
        let mut peer = Self { name, child, to, from };
        peer.key("EdDSA").map(|_| Box::new(peer) as Box<dyn Peer>)
    }

    fn ask(&mut self, question: &Value) -> Option<Value> {
        writeln!(self.to, "{question}").ok()?;
        let mut line = String::new();
        self.from.read_line(&mut line).ok()?;
        serde_json::from_str(&line).ok()
    }

    fn token(&mut self, question: &Value) -> Option<String> {
        Some(self.ask(question)?.get("token")?.as_str()?.to_owned())
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        let _it_may_have_ended = self.child.kill();
        let _gone = self.child.wait();
    }
}

impl Peer for Lines {
    fn name(&self) -> &'static str {
        self.name
    }

    fn key(&mut self, alg: &str) -> Option<(Value, Value)> {
        let said = self.ask(&json!({ "op": "key", "alg": alg }))?;
        Some((said.get("id")?.clone(), said.get("public")?.clone()))
    }

    fn sign(&mut self, alg: &str, key: &Value, payload: &str) -> Option<String> {
        let header = json!({ "kid": "one", "typ": "at+jwt" });
        self.token(&json!({ "op": "sign", "alg": alg, "id": key, "header": header, "payload": payload }))
    }

    fn sign_shared(&mut self, jwk: &Value, payload: &str) -> Option<String> {
        let header = json!({ "kid": "one" });
        self.token(&json!({ "op": "sign", "alg": "HS256", "jwk": jwk, "header": header, "payload": payload }))
    }

    fn verify(&mut self, alg: &str, jwk: &Value, token: &str) -> Option<String> {
        let said = self.ask(&json!({ "op": "verify", "alg": alg, "jwk": jwk, "token": token }))?;
        match said.get("claims") {
            Some(claims) => Some(claims.to_string()),
            None => Some(said.get("payload")?.as_str()?.to_owned()),
        }
    }
}
