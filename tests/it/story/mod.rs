//! One life story, told at every vendor from the vendor's description: what becomes of people and groups there, and
//! with how many calls.
//!
//! Everything is real but the vendor: requests come over HTTP, the store is a file, and the vendor is its twin over
//! HTTP. How many calls a step may make follows from the description ([`cost`]) and from what the step means
//! ([`steps`]); what the vendor must have afterwards follows from the resource. A step that a vendor cannot do is told
//! as that: refused, or not offered.
mod cost;
mod existing;
mod group;
mod house;
mod people;
mod person;
mod roles;
mod scene;
mod steps;
mod table;
mod vendor;
