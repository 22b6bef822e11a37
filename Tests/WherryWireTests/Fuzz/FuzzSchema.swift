import WherryCBOR

/// What libFuzzer and the replay of its corpus check. It takes any bytes and says what is wrong, or nil.
enum Fuzz {
  /// Every generated decoder, of the wire and of the records on disk: the first byte picks the type, out
  /// of a list the generator writes. What is accepted is deterministic CBOR, so it is what is written
  /// again, except for keys of a newer peer.
  static func schema(_ input: [UInt8]) -> String? {
    guard let first = input.first else { return nil }
    let codec = Samples.all[Int(first) % Samples.all.count]
    return codec.fault(Array(input.dropFirst())).map { "\(codec.name) \($0)" }
  }

  /// An input for each sample, to start from.
  static var seeds: [[UInt8]] {
    Samples.all.enumerated().flatMap { index, codec in
      [codec.full, codec.least].map { [UInt8(truncatingIfNeeded: index)] + $0 }
    }
  }
}

extension Codec {
  static func fault<Value: CBORDecodable & CBOREncodable & Equatable>(
    _ type: Value.Type, _ bytes: [UInt8]
  ) -> String? {
    do throws(CBORError) {
      let value = try Value(cbor: bytes)
      let again = value.cbor
      if again.count > bytes.count { return "grows from \(bytes.count) to \(again.count) bytes" }
      do throws(CBORError) {
        let second = try Value(cbor: again)
        if second != value { return "comes back as another value" }
        return second.cbor == again ? nil : "changes each time it is read and written"
      } catch {
        return "cannot read what it wrote: \(error)"
      }
    } catch {
      return error.offset <= bytes.count ? nil : "fails at \(error.offset) of \(bytes.count) bytes"
    }
  }
}
