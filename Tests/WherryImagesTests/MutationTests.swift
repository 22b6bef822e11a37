import Testing
import WherryCBOR
import WherryModel
import WherryOCI

@testable import WherryImages

/// A short, repeatable fuzzing of what parses bytes from outside: nothing traps, nothing gets out.
@Suite struct MutationTests {
  /// SplitMix64 (Steele, Lea, Flood 2014): the same bytes on every run.
  struct Random: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9e37_79b9_7f4a_7c15
      var value = state
      value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
      value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
      return value ^ (value >> 31)
    }
  }

  private func mutate(_ bytes: [UInt8], _ random: inout Random) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...8, using: &random) where !bytes.isEmpty {
      let place = Int.random(in: 0..<bytes.count, using: &random)
      switch Int.random(in: 0..<4, using: &random) {
      case 0: bytes[place] = UInt8.random(in: .min ... .max, using: &random)
      case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 2: bytes.removeSubrange(place..<min(bytes.count, place + 16))
      default: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 16)], at: place)
      }
    }
    return bytes
  }

  /// With the checksums of its headers put right, so that more of them are read.
  private func repaired(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for start in stride(from: 0, to: bytes.count - 511, by: 512) {
      guard bytes[(start + 257)..<(start + 262)].elementsEqual("ustar".utf8) else { continue }
      for index in 148..<156 { bytes[start + index] = 0x20 }
      let sum = bytes[start..<(start + 512)].reduce(0) { $0 + Int($1) }
      let digits = Array(String(sum, radix: 8).utf8)
      for (index, digit) in digits.enumerated() { bytes[start + 154 - digits.count + index] = digit }
      bytes[start + 154] = 0
    }
    return bytes
  }

  @Test(.enabled(if: Scratch.isRoot, "needs root"), arguments: 0..<8) func archivesAreContained(_ seed: Int)
    throws
  {
    var random = Random(state: UInt64(seed))
    let scratch = try Scratch()
    let canary = scratch.canary
    let base = try scratch.lower(
      0,
      tar {
        $0.link("d", to: canary)
        $0.folder("usr/bin")
        $0.link("bin", to: "usr/bin")
      })
    let sample = tar {
      $0.folder("etc")
      $0.file("d/file", "evil")
      $0.link("l", to: "../../\(canary)")
      $0.hardLink("h", to: "etc/../d/file")
      $0.file("etc/.wh.x")
      $0.file("etc/.wh..wh..opq")
      $0.add(.file, "bin/p", content: [1, 2, 3]) {
        $0.pax = [("SCHILY.xattr.user.a", [1]), ("size", Array("3".utf8)), ("mtime", Array("1.5".utf8))]
      }
      $0.add(.characterDevice, "dev") { $0.major = 1 }
      $0.file(String(repeating: "long/", count: 40) + "name", "x")
    }
    var limits = ExtractionLimits()
    limits.fileBytes = 1 << 20
    limits.fileSize = 1 << 24
    for round in 0..<60 {
      let bytes = repaired(mutate(sample, &random))
      let tree = try scratch.lower(round + 1, [])
      do { try scratch.extract(bytes, into: tree, over: [base], limits: limits) } catch {
        #expect(error is WherryError)
      }
    }
    try scratch.checkCanary()
  }

  @Test func documentsNeverTrap() throws {
    var random = Random(state: 7)
    let image = StubImage()
    let index = Array(
      """
      {"schemaVersion":2,"manifests":[{"mediaType":"\(MediaType.manifest)","digest":"\(StubImage.digest([]))",\
      "size":12,"platform":{"os":"linux","architecture":"arm","variant":"v7"},"annotations":{"a":"\\u00e9"}}]}
      """.utf8)
    for sample in [image.manifest, image.configuration, index] {
      for _ in 0..<3000 {
        let bytes = mutate(sample, &random)
        do { _ = try ManifestDocument(json: bytes, contentType: nil) } catch {}
        do { _ = try ImageConfiguration(json: bytes) } catch {}
      }
    }
  }

  @Test func messagesAndHeadersNeverTrap() throws {
    var random = Random(state: 9)
    for _ in 0..<2000 {
      for event in MessageTests.events {
        do { _ = try WorkerEvent(cbor: mutate(event.cbor, &random)) } catch {}
      }
      let text = Array("Bearer realm=\"https://a.example:443/t?x=%20\",service=\"s\", Basic realm=x".utf8)
      let mutated = String(decoding: mutate(text, &random), as: UTF8.self)
      for challenge in AuthenticationChallenge.parse([mutated]) {
        do { _ = try RegistryURL(challenge.parameters["realm"] ?? "") } catch {}
      }
      do { _ = try Reference(String(decoding: mutate(text, &random), as: UTF8.self)) } catch {}
    }
  }
}
