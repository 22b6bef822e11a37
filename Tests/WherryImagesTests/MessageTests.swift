import Testing
import WherryCBOR
import WherryModel
import WherryOCI

@testable import WherryImages

@Suite struct MessageTests {
  static let events: [WorkerEvent] = [
    .started(ConfinementReport(landlock: 7, capabilities: 1 << 31, noNewPrivileges: true)),
    .document(.configuration, contentType: "a/b", bytes: [1, 2, 3]), .resolved,
    .document(.signature, contentType: "MEUC", bytes: [4]),
    .document(.taggedReferrers, contentType: "", bytes: []),
    .progress(layer: 3, phase: 1, current: 1 << 40, message: "m"),
    .unpacked(UnpackedLayer(layer: 1, diffID: "d", archiveBytes: 2, fileBytes: 3, opaque: [97, 0])),
    .failed(code: 7, message: "m", hint: ""),
  ]
  static let commands: [WorkerCommand] = [
    .plan([0, 2]), .extract(layer: 2, tree: "/t", lowers: ["/a", "/b"]),
    .mend(layer: 3, tree: "/t", lowers: ["/a"], paths: [97, 0, 98, 0]), .skip(layer: 9), .finish,
  ]

  @Test(arguments: events) func eventRoundTripsAndEveryTruncationIsRefused(_ event: WorkerEvent) throws {
    let bytes = event.cbor
    #expect(try WorkerEvent(cbor: bytes) == event)
    for length in 0..<bytes.count {
      #expect(throws: CBORError.self) { try WorkerEvent(cbor: Array(bytes[..<length])) }
    }
    #expect(throws: CBORError.self) { try WorkerEvent(cbor: bytes + [0]) }
  }

  @Test(arguments: commands) func commandRoundTripsAndEveryTruncationIsRefused(_ command: WorkerCommand)
    throws
  {
    let bytes = command.cbor
    #expect(try WorkerCommand(cbor: bytes) == command)
    for length in 0..<bytes.count {
      #expect(throws: CBORError.self) { try WorkerCommand(cbor: Array(bytes[..<length])) }
    }
  }

  @Test func jobRoundTrips() throws {
    var job = FetchJob(kind: .pull, staging: "/s", layers: "/l")
    job.reference = "docker.io/library/alpine:3"
    job.platform = "linux/arm/v7"
    job.insecure = ["a:1", "b"]
    job.certificateAuthority = "/ca"
    job.places = [
      .init(domain: "mirror:5000", repository: "hub/library/alpine"),
      .init(domain: "docker.io", repository: "library/alpine", credential: "eDp5"),
    ]
    job.proxies = ProxySettings(http: "p:1", https: nil, none: "*")
    job.certificateFolders = ["/c", "/d"]
    job.rateLimit = 7
    job.registry.idle = .milliseconds(1500)
    job.extraction.entries = 12
    #expect(try FetchJob(cbor: job.cbor) == job)
  }

  @Test func jobCarriesWhatTheSignaturePolicyWants() throws {
    var job = FetchJob(kind: .referrers, staging: "/s", layers: "/l")
    job.artifactType = "application/spdx+json"
    let key = try #require(
      SignatureKey(text: "ed25519:" + Base64.encode([UInt8](repeating: 7, count: 32))))
    job.signature = SignatureRequirement(prefix: "p", repository: "p/r", tag: nil, keys: [key])
    #expect(try FetchJob(cbor: job.cbor) == job)
    // One without keys is not one that asks nothing.
    job.signature?.keys = []
    #expect(throws: CBORError.self) { try FetchJob(cbor: job.cbor) }
  }

  @Test(
    arguments: [
      [0x00], [0x60], [0x5b, 0, 0, 0, 0, 0, 0, 0, 1], [0x5f], [0x5a, 0x7f, 0xff, 0xff, 0xff],
      [0x5a, 0, 0x50, 0, 1],
    ] as [[UInt8]])
  func frameThatIsNoBoundedByteStringIsRefused(_ bytes: [UInt8]) {
    #expect(throws: WherryError.self) { try FrameCodec.head(bytes[...]) }
  }

  @Test func frameHeadsAreReadAtTheirLimits() throws {
    #expect(try FrameCodec.head([]) == nil)
    #expect(try FrameCodec.head([0x58]) == nil)
    #expect(try FrameCodec.head([0x57]).map { [$0.head, $0.length] } == [1, 23])
    #expect(try FrameCodec.head([0x5a, 0, 0x50, 0, 0]).map { [$0.head, $0.length] } == [5, 5 << 20])
  }
}
