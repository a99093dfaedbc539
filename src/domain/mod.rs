//! Values and arithmetic: no I/O, no clock, no other room of the house.

pub mod activity;
pub mod calendar;
pub mod ids;
pub mod person;
pub mod recording;
pub mod units;
pub mod vdot;
