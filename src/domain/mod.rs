//! Values and arithmetic: no I/O, no clock, no other room of the house.

pub mod activity;
pub mod calendar;
pub mod duplicates;
pub mod fitness;
pub mod grade;
pub mod group;
pub mod ids;
pub mod invitation;
pub mod job;
pub mod load;
pub mod password;
pub mod period;
pub mod person;
pub mod recording;
pub mod series;
pub mod splits;
pub mod text;
pub mod units;
pub mod validate;
pub mod vdot;
