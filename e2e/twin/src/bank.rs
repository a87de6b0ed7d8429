//! The app that is attacked: a bank, because there everybody sees what is lost. It has two holes of its own, on purpose: `/search`
//! writes what it was asked into the page as it came, and `/hello` gives the fragment to `innerHTML`.

pub(crate) mod accounts;

pub(crate) mod pages;

pub(crate) mod money;

pub(crate) mod people;

pub(crate) mod script;

pub(crate) mod routes;
