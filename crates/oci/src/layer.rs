//! The layer of an image that holds a module as the file `plugin.wasm`.

use std::io::Read;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

use crate::Error;

/// What the file is called, by which gateways find it.
const FILE: &str = "plugin.wasm";
/// How much more than the module an archive may hold: names, padding, and files beside it.
const BESIDE: u64 = 1024 * 1024;

/// The archive, and the same compressed. The same module gives the same bytes.
pub(crate) fn pack(module: &[u8]) -> Result<(Vec<u8>, Vec<u8>), Error> {
    let packed = || {
        let mut header = tar::Header::new_ustar();
        header.set_entry_type(tar::EntryType::Regular);
        header.set_size(u64::try_from(module.len()).unwrap_or(u64::MAX));
        header.set_mode(0o644);
        header.set_mtime(0);
        let mut archive = tar::Builder::new(vec![]);
        archive.append_data(&mut header, FILE, module)?;
        let archive = archive.into_inner()?;
        let mut compressed = GzEncoder::new(vec![], Compression::best());
        std::io::Write::write_all(&mut compressed, &archive)?;
        Ok((archive, compressed.finish()?))
    };
    packed().map_err(|why| Error::File(FILE.to_owned(), why))
}

/// The module in a compressed archive, if it has no more than `limit` bytes.
pub(crate) fn unpack(layer: &[u8], limit: u64) -> Result<Vec<u8>, Error> {
    let wrong = |why: std::io::Error| Error::Wrong(format!("the layer is no archive: {why}"));
    let bounded = GzDecoder::new(layer).take(limit.saturating_add(BESIDE));
    let mut archive = tar::Archive::new(bounded);
    for entry in archive.entries().map_err(wrong)? {
        let entry = entry.map_err(wrong)?;
        let path = entry.path().map_err(wrong)?;
        let named = path.file_name().is_some_and(|name| name == FILE);
        if !named || !entry.header().entry_type().is_file() {
            continue;
        }
        let size = entry.size();
        if size > limit {
            return Err(too_large(limit));
        }
        let mut module = vec![];
        entry.take(limit).read_to_end(&mut module).map_err(wrong)?;
        return match u64::try_from(module.len()) {
            Ok(read) if read == size => Ok(module),
            _ => Err(Error::Wrong(format!("the layer ends within `{FILE}`"))),
        };
    }
    Err(Error::Wrong(format!("the layer has no `{FILE}`")))
}

pub(crate) fn too_large(limit: u64) -> Error {
    Error::Wrong(format!("the module has more than {limit} bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_packed_is_found_again() {
        let (_, layer) = pack(b"a module").unwrap();
        assert_eq!(layer, pack(b"a module").unwrap().1);
        assert_eq!(unpack(&layer, 8).unwrap(), b"a module");
        let why = unpack(&layer, 7).unwrap_err().to_string();
        assert_eq!(why, "the module has more than 7 bytes");
    }

    #[test]
    fn what_is_no_such_layer_is_refused() {
        let archive = |name: &str| {
            let mut archive = tar::Builder::new(vec![]);
            let mut header = tar::Header::new_ustar();
            header.set_size(1);
            archive.append_data(&mut header, name, &b"x"[..]).unwrap();
            let mut compressed = GzEncoder::new(vec![], Compression::fast());
            std::io::Write::write_all(&mut compressed, &archive.into_inner().unwrap()).unwrap();
            compressed.finish().unwrap()
        };
        assert_eq!(unpack(&archive("a/plugin.wasm"), 9).unwrap(), b"x");
        let none = unpack(&archive("plugin.wasm.txt"), 9).unwrap_err();
        assert_eq!(none.to_string(), "the layer has no `plugin.wasm`");
        for bytes in [&b""[..], b"plugin.wasm"] {
            assert!(unpack(bytes, 9).is_err());
        }
        let (_, mut layer) = pack(&[7; 100_000]).unwrap();
        layer.truncate(layer.len() / 2);
        assert!(unpack(&layer, 200_000).is_err());
    }
}
