use tower_http::{
    CompressionLevel,
    compression::{
        CompressionLayer, Predicate,
        predicate::{NotForContentType, SizeAbove},
    },
};

/// What is shorter goes into one packet anyway, in bytes.
const WORTH_WHILE: u16 = 1024;

/// Compresses answers as `Accept-Encoding` asks, with little effort: what it saves on the way must not be lost at the
/// door. What is compressed already, such as images, stays as it is.
pub(crate) fn compressed() -> CompressionLayer<impl Predicate> {
    let what = SizeAbove::new(WORTH_WHILE).and(NotForContentType::IMAGES).and(NotForContentType::SSE);
    CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(what)
}
