//! Private values: beside a session's log, for agents and operators. The module says who may and in which form; the store keeps them.

mod after_the_end;
mod beside_the_log;
mod form;
mod key;
mod who;
