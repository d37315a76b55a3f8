//! A cursor over bytes of an embedded file that never reads past their end.

/// What is wrong with a file's bytes; [`super::PackError`] adds which file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Damaged(pub(crate) &'static str);

/// Reads little-endian numbers and varints one after the other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Starts at the first of `bytes`.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The next `n` bytes.
    pub(crate) fn take(&mut self, n: usize) -> Result<&'a [u8], Damaged> {
        let (head, rest) = self.rest.split_at_checked(n).ok_or(Damaged("it ends too early"))?;
        self.rest = rest;
        Ok(head)
    }

    /// Whether all was read.
    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Damaged> {
        let (head, rest) = self.rest.split_first_chunk::<N>().ok_or(Damaged("it ends too early"))?;
        self.rest = rest;
        Ok(*head)
    }

    /// One byte.
    pub(crate) fn u8(&mut self) -> Result<u8, Damaged> {
        Ok(self.array::<1>()?[0])
    }

    /// Two bytes, unsigned.
    pub(crate) fn u16(&mut self) -> Result<u16, Damaged> {
        self.array().map(u16::from_le_bytes)
    }

    /// Two bytes, signed.
    pub(crate) fn i16(&mut self) -> Result<i16, Damaged> {
        self.array().map(i16::from_le_bytes)
    }

    /// Four bytes, unsigned.
    pub(crate) fn u32(&mut self) -> Result<u32, Damaged> {
        self.array().map(u32::from_le_bytes)
    }

    /// Four bytes, signed.
    pub(crate) fn i32(&mut self) -> Result<i32, Damaged> {
        self.array().map(i32::from_le_bytes)
    }

    /// Eight bytes, unsigned.
    pub(crate) fn u64(&mut self) -> Result<u64, Damaged> {
        self.array().map(u64::from_le_bytes)
    }

    /// Two letters.
    pub(crate) fn pair(&mut self) -> Result<[u8; 2], Damaged> {
        self.array()
    }

    /// A number in groups of seven bits, least significant first, at most 32 bits.
    pub(crate) fn varint(&mut self) -> Result<u32, Damaged> {
        let mut value = 0u64;
        for shift in (0..35).step_by(7) {
            let byte = self.u8()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return u32::try_from(value).map_err(|_| Damaged("a number is too large"));
            }
        }
        Err(Damaged("a number is too long"))
    }

    /// A varint that holds a signed number in zigzag order.
    pub(crate) fn zigzag(&mut self) -> Result<i32, Damaged> {
        let n = self.varint()?;
        Ok((n >> 1) as i32 ^ -((n & 1) as i32))
    }

    /// A count of things that take at least `each` bytes, so that a damaged count never makes us reserve more than there is.
    pub(crate) fn count(&mut self, each: usize) -> Result<usize, Damaged> {
        let n = self.varint()? as usize;
        if n.checked_mul(each).is_none_or(|bytes| bytes > self.rest.len()) {
            return Err(Damaged("a count is larger than the file"));
        }
        Ok(n)
    }
}

/// `len` bytes of `bytes` from `offset`.
pub(crate) fn slice(bytes: &[u8], offset: u32, len: u32) -> Result<&[u8], Damaged> {
    let start = offset as usize;
    let end = start.checked_add(len as usize).ok_or(Damaged("an offset is too large"))?;
    bytes.get(start..end).ok_or(Damaged("an entry lies outside the file"))
}

/// Checks a file's first four bytes.
pub(crate) fn magic(reader: &mut Reader<'_>, want: [u8; 4]) -> Result<(), Damaged> {
    if reader.take(4)? == want { Ok(()) } else { Err(Damaged("it starts with the wrong four bytes")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_are_little_endian_and_bounded() {
        let mut r = Reader::new(&[0x34, 0x12, 0xff, 0xff, 0x96, 0x01, 0x03, 7]);
        assert_eq!(r.u16(), Ok(0x1234));
        assert_eq!(r.i16(), Ok(-1));
        assert_eq!(r.varint(), Ok(150));
        assert_eq!(r.zigzag(), Ok(-2));
        assert_eq!(r.take(2), Err(Damaged("it ends too early")));
        assert_eq!(r.u8(), Ok(7));
        assert!(r.is_empty());
        assert!(Reader::new(&[0xff; 9]).varint().is_err());
        assert!(Reader::new(&[200, 1, 0]).count(2).is_err());
        assert!(slice(&[0; 4], u32::MAX, u32::MAX).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let mut r = Reader::new(&bytes);
            while !r.is_empty() {
                let before = r.rest.len();
                let _ = (r.varint(), r.zigzag(), r.count(3), r.i32());
                prop_assert!(r.rest.len() < before);
            }
        }
    }
}
