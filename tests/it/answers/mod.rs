//! What a write is answered and what becomes of it, whatever the vendor does, whatever else is written meanwhile, and
//! whenever the gateway is killed.
mod row;
mod scene;
mod table;
