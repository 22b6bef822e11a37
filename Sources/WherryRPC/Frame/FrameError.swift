/// Why bytes are not a frame. There is no way to find the next frame after one of these.
package enum FrameError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The first byte is not the head of a CBOR byte string.
  case notAByteString(UInt8)
  case indefiniteLength
  /// The length is written in more bytes than it needs.
  case notShortest
  case tooLong(length: UInt64, limit: Int)

  package var description: String {
    switch self {
    case .notAByteString(let byte): "a frame starts with byte \(byte), which is no CBOR byte string"
    case .indefiniteLength: "a frame of indefinite length"
    case .notShortest: "a frame whose length is not written in its shortest form"
    case .tooLong(let length, let limit): "a frame of \(length) bytes where \(limit) are the limit"
    }
  }
}
