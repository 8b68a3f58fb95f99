//! Networks of addresses, and whose address a request comes from when proxies stand before the host.
//!
//! What a header says is believed only of a proxy that was named; a client can write any header it likes.

use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use axum::http::HeaderMap;
use serde::{Deserialize, Deserializer, de};

/// The addresses that begin alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    bits: u128,
    length: u8,
}

/// The text names no network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write an address or a network, such as 10.0.0.7 or 10.0.0.0/8")]
pub struct BadNetwork;

impl Network {
    fn holds(self, address: IpAddr) -> bool {
        let mask = u128::MAX.checked_shl(128 - u32::from(self.length)).unwrap_or(0);
        (bits(address) ^ self.bits) & mask == 0
    }
}

impl FromStr for Network {
    type Err = BadNetwork;

    fn from_str(text: &str) -> Result<Self, BadNetwork> {
        let (address, length) = text.split_once('/').map_or((text, None), |(address, length)| (address, Some(length)));
        let address: IpAddr = address.parse().map_err(|_| BadNetwork)?;
        let whole = if address.is_ipv4() { 32 } else { 128 };
        let length: u8 = length.map_or(Ok(whole), str::parse).map_err(|_| BadNetwork)?;
        if length > whole {
            return Err(BadNetwork);
        }
        Ok(Self { bits: bits(address), length: length + (128 - whole) })
    }
}

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// An address of either kind; one of version 4 is the same as the one of version 6 that stands for it.
fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

/// Whom an address is counted with: who has one address of version 6 has the 2^64 of its network.
pub(super) fn household(address: IpAddr) -> IpAddr {
    let bits = bits(address);
    match Ipv6Addr::from_bits(bits).to_ipv4_mapped() {
        Some(address) => IpAddr::V4(address),
        None => IpAddr::V6(Ipv6Addr::from_bits(bits >> 64 << 64)),
    }
}

/// The address that a request comes from: the peer's, or where that is a proxy of ours, the rightmost one of `X-Forwarded-For` that is not.
pub(crate) fn client(peer: Option<IpAddr>, headers: &HeaderMap, proxies: &[Network]) -> Option<IpAddr> {
    let is_proxy = |address: IpAddr| proxies.iter().any(|network| network.holds(address));
    let mut client = peer?;
    let values = headers.get_all("x-forwarded-for").iter().map(|value| value.to_str().unwrap_or("?"));
    let hops: Vec<&str> = values.flat_map(|value| value.split(',')).map(str::trim).collect();
    for hop in hops.into_iter().rev() {
        if !is_proxy(client) {
            break;
        }
        // What no proxy of ours would write ends what is believed.
        let Ok(address) = hop.parse() else { break };
        client = address;
    }
    Some(client)
}

/// Whether the client's connection is said to be encrypted, by a proxy of ours.
pub(crate) fn is_secure(peer: Option<IpAddr>, headers: &HeaderMap, proxies: &[Network]) -> bool {
    let is_proxy = peer.is_some_and(|address| proxies.iter().any(|network| network.holds(address)));
    let said = || headers.get_all("x-forwarded-proto").iter().next_back()?.to_str().ok()?.rsplit(',').next().map(str::trim);
    is_proxy && said() == Some("https")
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn of(peer: &str, forwarded: &[&str], proxies: &[&str]) -> String {
        let proxies: Vec<Network> = proxies.iter().map(|text| text.parse().expect("a network")).collect();
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", HeaderValue::from_str(value).expect("a value"));
        }
        client(Some(peer.parse().expect("an address")), &headers, &proxies).expect("there is a peer").to_string()
    }

    #[test]
    fn s12_only_proxies_of_ours_are_believed_and_only_their_last_hop() {
        assert_eq!(of("9.9.9.9", &["1.1.1.1"], &[]), "9.9.9.9", "no proxy is named");
        assert_eq!(of("9.9.9.9", &["1.1.1.1"], &["10.0.0.0/8"]), "9.9.9.9", "another's proxy");
        assert_eq!(of("10.0.0.1", &["1.1.1.1"], &["10.0.0.0/8"]), "1.1.1.1");
        assert_eq!(of("10.0.0.1", &["1.1.1.1, 2.2.2.2"], &["10.0.0.0/8"]), "2.2.2.2", "the leftmost is the client's own word");
        assert_eq!(of("10.0.0.1", &["1.1.1.1", "2.2.2.2, 10.0.0.2"], &["10.0.0.0/8"]), "2.2.2.2", "two proxies, two headers");
        assert_eq!(of("10.0.0.1", &["1.1.1.1, unknown"], &["10.0.0.0/8"]), "10.0.0.1", "what is no address is not passed over");
        assert_eq!(of("10.0.0.1", &["1.1.1.1,"], &["10.0.0.0/8"]), "10.0.0.1");
        assert_eq!(of("10.0.0.1", &[], &["10.0.0.0/8"]), "10.0.0.1");
        assert_eq!(of("10.0.0.1", &["10.0.0.2, 10.0.0.3"], &["10.0.0.0/8"]), "10.0.0.2", "from within");
        assert_eq!(of("::ffff:10.0.0.1", &["2001:db8::1"], &["10.0.0.1"]), "2001:db8::1", "the same address, written otherwise");
    }

    #[test]
    fn s12_a_scheme_is_believed_of_proxies_of_ours() {
        let proxies = ["10.0.0.1".parse().expect("a network")];
        let said = |peer: &str, value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert("x-forwarded-proto", HeaderValue::from_static(value));
            is_secure(peer.parse().ok(), &headers, &proxies)
        };
        assert!(said("10.0.0.1", "https") && said("10.0.0.1", "http, https"));
        assert!(!said("10.0.0.1", "http") && !said("10.0.0.1", "https, http") && !said("10.0.0.2", "https"));
    }

    #[test]
    fn networks_are_read_and_hold_what_they_say() {
        let holds =
            |network: &str, address: &str| network.parse::<Network>().expect("a network").holds(address.parse().expect("an address"));
        assert!(holds("10.0.0.0/8", "10.255.0.1") && !holds("10.0.0.0/8", "11.0.0.1"));
        assert!(holds("10.0.0.7", "10.0.0.7") && !holds("10.0.0.7", "10.0.0.6"));
        assert!(holds("0.0.0.0/0", "9.9.9.9") && !holds("0.0.0.0/0", "2001:db8::1"));
        assert!(holds("2001:db8::/32", "2001:db8:1::1") && holds("::/0", "9.9.9.9"));
        for text in ["", "10.0.0.0/33", "10.0.0/8", "10.0.0.0/", "10.0.0.0/x", "host", "::/129"] {
            assert_eq!(text.parse::<Network>(), Err(BadNetwork), "{text}");
        }
    }
}
