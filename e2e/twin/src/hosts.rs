//! Names. Each world has a site of its own, so that no cookie of one is seen in another, in one browser, at one time.
//!
//! `bank.w7.test` is the app, `blog.w7.test` a neighbour of the same site, `w7-evil.test` another site. The same under
//! `.localhost`, over plain http.

/// Who lives at a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Bank,
    Neighbour,
    Stranger,
}

/// The world and the role of a host, without its port.
pub(crate) fn whose(host: &str) -> Option<(&str, Role)> {
    let name = host.strip_suffix(".test").or_else(|| host.strip_suffix(".localhost"))?;
    match name.split_once('.') {
        Some(("bank", world)) => Some((world, Role::Bank)),
        Some(("blog", world)) => Some((world, Role::Neighbour)),
        Some(_) => None,
        None => name.strip_suffix("-evil").map(|world| (world, Role::Stranger)),
    }
}

/// The hosts of a world.
pub(crate) struct Hosts {
    pub(crate) bank: String,
    pub(crate) blog: String,
    pub(crate) evil: String,
    pub(crate) site: String,
}

impl Hosts {
    pub(crate) fn of(world: &str, under: &str) -> Self {
        let site = format!("{world}.{under}");
        Self {
            bank: format!("bank.{site}"),
            blog: format!("blog.{site}"),
            evil: format!("{world}-evil.{under}"),
            site,
        }
    }
}
