//! The data plane as its neighbours see it: raw bytes from clients, raw bytes from back ends, plans built by hand.

mod backend;
mod functions;
mod plans;
mod wire;
mod world;

mod access_log;
mod addressing;
mod budgets;
mod compression;
mod connections;
mod conversions;
mod custom_domains;
mod drain;
mod execution_logs;
mod gone;
mod http2;
mod http2_flow;
mod http2_hostile;
mod lambda_answer;
mod lambda_event;
mod lambda_log;
mod lambda_stream;
mod limits;
mod mappings;
mod pool;
mod rehearsals;
mod rehearsed_authorizers;
mod request_bodies;
mod request_headers;
mod response_bodies;
mod response_headers;
mod segments;
mod selection;
mod storm;
mod timeouts;
