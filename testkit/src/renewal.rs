//! What happens to people who renew their tokens over real networks, and to those who steal one: a simulation of days with tabs,
//! lost answers, sleeping laptops and thieves, for our rules and for three others that are in use.

pub mod scheme;

pub mod day;

pub mod table;
