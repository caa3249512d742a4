//! Finds the bytes of a text that may mean something, many at a time.

/// Bytes that are looked at together: as many as a mask has bits.
const BLOCK: usize = 64;
/// Bytes that are looked at together where one sign is looked for, which may be near.
const FEW: usize = 32;

/// Where the bytes stand that a question is answered with yes for, in order.
pub(super) struct Signs<'a, F> {
    bytes: &'a [u8],
    is_sign: F,
    /// Where the next block begins.
    next: usize,
    /// The signs of the block before it that are still to come.
    mask: u64,
}

impl<'a, F: Fn(u8) -> bool> Signs<'a, F> {
    /// The question is asked for all bytes, so it takes the compiler many at a time only if it
    /// answers without a branch. It must say no to the byte 0, or to have it found is no harm.
    pub(super) fn new(bytes: &'a [u8], is_sign: F) -> Self {
        Self { bytes, is_sign, next: 0, mask: 0 }
    }

    /// The signs of the next block, which is filled up with zeros at the end.
    fn next_mask(&self) -> Option<u64> {
        let rest = &self.bytes[self.next..];
        if let Some(block) = rest.first_chunk::<BLOCK>() {
            return Some(mask(block, &self.is_sign));
        }
        let mut block = [0; BLOCK];
        block[..rest.len()].copy_from_slice(rest);
        (!rest.is_empty()).then(|| mask(&block, &self.is_sign) & ((1 << rest.len()) - 1))
    }
}

impl<F: Fn(u8) -> bool> Iterator for Signs<'_, F> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        while self.mask == 0 {
            self.mask = self.next_mask()?;
            self.next = (self.next + BLOCK).min(self.bytes.len());
        }
        let at = self.mask.trailing_zeros() as usize;
        self.mask &= self.mask - 1;
        Some((self.next - 1) / BLOCK * BLOCK + at)
    }
}

/// Where the first sign stands.
#[inline]
pub(super) fn first_sign(bytes: &[u8], is_sign: impl Fn(u8) -> bool) -> Option<usize> {
    let (blocks, rest) = bytes.as_chunks::<FEW>();
    for (at, block) in blocks.iter().enumerate() {
        let found = mask(block, &is_sign);
        if found != 0 {
            return Some(at * FEW + found.trailing_zeros() as usize);
        }
    }
    let at = rest.iter().position(|byte| is_sign(*byte))?;
    Some(blocks.len() * FEW + at)
}

/// A bit for each byte that is a sign.
#[inline]
fn mask<const SIZE: usize>(block: &[u8; SIZE], is_sign: impl Fn(u8) -> bool) -> u64 {
    let mut flags = [0_u8; SIZE];
    for (flag, byte) in flags.iter_mut().zip(block) {
        *flag = u8::from(is_sign(*byte));
    }
    let (eights, _) = flags.as_chunks::<8>();
    // The product gathers the lowest bits of eight bytes in the highest byte.
    let gathered = |eight: &[u8; 8]| u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080);
    eights.iter().rev().fold(0, |mask, eight| mask << 8 | gathered(eight) >> 56)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn all_signs_are_found_and_nothing_else(bytes in prop::collection::vec(prop_oneof![0_u8..3, any::<u8>()], 0..300)) {
            let is_sign = |byte: u8| byte < 2;
            let expected: Vec<usize> = (0..bytes.len()).filter(|at| is_sign(bytes[*at])).collect();
            prop_assert_eq!(first_sign(&bytes, is_sign), expected.first().copied());
            prop_assert_eq!(Signs::new(&bytes, is_sign).collect::<Vec<_>>(), expected);
        }
    }
}
