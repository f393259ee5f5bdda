//! HMAC-SHA256 with keys of any length.

use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

/// The code over the parts, one after another. A short key is padded and a long one hashed, as RFC 2104 says, so that
/// there is no length that fails.
pub(crate) fn mac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let hashed: [u8; 32];
    let key = if key.len() > 64 {
        hashed = Sha256::digest(key).into();
        hashed.as_slice()
    } else {
        key
    };
    let mut block = hmac::digest::Key::<Hmac<Sha256>>::default();
    block.iter_mut().zip(key).for_each(|(place, byte)| *place = *byte);
    let mut mac = <Hmac<Sha256> as Mac>::new(&block);
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test cases 1 and 6: a short key and one longer than a block.
    #[test]
    fn known_answers() {
        let short = mac(&[0x0b; 20], &[b"Hi ", b"There"]);
        assert_eq!(hex::encode(short), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
        let long = mac(&[0xaa; 131], &[b"Test Using Larger Than Block-Size Key - Hash Key First"]);
        assert_eq!(hex::encode(long), "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    }
}
