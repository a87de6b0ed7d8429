//! Authorities and APIs, and what they are asked.

use crate::Ended;
use crate::process::{Program, Result, millis, now};
use rustix::process::Signal;
use std::time::{Duration, Instant};
use ureq::Agent;

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Fleet {
    pub(crate) agent: Agent,
    pub(crate) authorities: Vec<Program>,
    pub(crate) apis: Vec<Program>,
    pub(crate) began: Instant,
}

impl Fleet {
    pub(crate) fn of(authorities: Vec<Program>, apis: Vec<Program>, began: Instant) -> Self {
        let config =
            Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE)).build();
        Self { agent: config.into(), authorities, apis, began }
    }

    /// Asks one of the authorities.
    pub(crate) fn post(&self, authority: usize, path: &str) -> Result<String> {
        let authority = self.authorities.get(authority).ok_or("no such authority")?;
        let url = format!("http://{}{path}", authority.said("public")?);
        let answer = self.agent.post(&url).header("host", "localhost:3002").send_empty()?;
        if !answer.status().is_success() {
            return Err(format!("{path}: {}", answer.status()).into());
        }
        Ok(answer.into_body().read_to_string()?)
    }

    pub(crate) fn token(&self, name: &str) -> Result<String> {
        self.post(0, &format!("/token?name={name}"))
    }

    pub(crate) fn end(&self, name: &str) -> Ended {
        self.post(0, &format!("/end?name={name}")).map(drop)
    }

    /// What an API says: 200, 401, 503.
    pub(crate) fn says(&self, api: usize, path: &str, token: &str) -> Result<u16> {
        let url = format!("http://{}{path}", self.apis.get(api).ok_or("no such API")?.said("public")?);
        let answer = self.agent.get(&url).header("authorization", format!("Bearer {token}")).call()?;
        Ok(answer.status().as_u16())
    }

    /// Asks until it says so, and tells how long that took. What it says meanwhile must be among `meanwhile`.
    pub(crate) fn until(
        &self,
        api: usize,
        path: &str,
        token: &str,
        wanted: u16,
        meanwhile: &[u16],
    ) -> Result<Duration> {
        let began = now();
        loop {
            match self.says(api, path, token)? {
                said if said == wanted => return Ok(began.elapsed()),
                said if !meanwhile.contains(&said) => {
                    return Err(format!("API {api} says {said} to {path}, waiting for {wanted}").into());
                }
                said if began.elapsed() > PATIENCE => {
                    return Err(format!("API {api} still says {said}").into());
                }
                _ => {}
            }
        }
    }

    /// The same of every API, and how long it took until the last one said so.
    pub(crate) fn all_until(
        &self,
        path: &str,
        token: &str,
        wanted: u16,
        meanwhile: &[u16],
    ) -> Result<Duration> {
        let began = now();
        for api in 0..self.apis.len() {
            self.until(api, path, token, wanted, meanwhile)?;
        }
        Ok(began.elapsed())
    }

    /// Until nobody can say any more, on a sensitive route and on another. Whoever is let in by a request that was sent later than what is
    /// borne was let in too late, however long the answer took.
    pub(crate) fn until_unknown(&self, token: &str) -> Result<(String, String)> {
        let began = now();
        let within = |path, borne: u64| {
            for api in 0..self.apis.len() {
                loop {
                    let sent = began.elapsed();
                    match self.says(api, path, token)? {
                        503 => break,
                        200 if sent <= Duration::from_millis(borne) => {}
                        said => {
                            return Err(format!(
                                "API {api} says {said} to {path}, asked {} later",
                                millis(sent)
                            )
                            .into());
                        }
                    }
                }
            }
            Ok(millis(began.elapsed()))
        };
        let sensitive: Result<String> = within("/transfer", 2_000);
        Ok((sensitive?, within("/notes", 10_000)?))
    }

    pub(crate) fn signal_all(&self, signal: Signal) -> Ended {
        self.apis.iter().try_for_each(|api| api.signal(signal))
    }

    #[expect(clippy::print_stdout, reason = "this is a program for a terminal")]
    pub(crate) fn tell(&self, what: &str) {
        println!("{:6.2} s  {what}", self.began.elapsed().as_secs_f64());
    }
}
