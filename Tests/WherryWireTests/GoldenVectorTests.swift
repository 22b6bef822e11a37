import Foundation
import Testing
import WherryCBOR
import WherryModel
import WherryWire

/// The byte vectors beside the schema, made with another implementation of CBOR.
struct GoldenVectorTests {
  struct Vector: Sendable, CustomTestStringConvertible {
    var rule: String
    var bytes: [UInt8]
    var testDescription: String { rule }
  }

  static let vectors: [Vector] = {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Sources/WherryWire/Vectors/messages.tsv")
    do {
      return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").filter {
        !$0.hasPrefix("#")
      }.map {
        let columns = $0.split(separator: "\t")
        try #require(columns.count == 2)
        let digits = columns[1].compactMap(\.hexDigitValue)
        return Vector(
          rule: String(columns[0]),
          bytes: stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) })
      }
    } catch {
      Issue.record(error)
      return []
    }
  }()

  static let values: [String: Codec] = [
    "hello-body": codec(
      HelloBody(
        version: 1, minimumVersion: 1, maximumFrame: 4_194_304, maximumStreams: 64, initialCredit: 262_144,
        software: "wherry 0.1", features: [])),
    "error-body": codec(
      ErrorBody(
        code: .notFound, message: "container web: no such container", hint: "see wherry ps -a",
        details: ["id": "web", "kind": "container"])),
    "nothing": codec(Nothing()),
    "container-reference": codec(ContainerReference(container: "web")),
    "container-list-params": codec(
      ContainerListParams(all: true, filters: ["name": [], "label": ["a=b", "c"], "status": ["running"]])),
    "container-spec": codec(
      ContainerSpec(
        image: "docker.io/library/nginx:latest", name: "web", command: ["nginx", "-g", "daemon off;"],
        entrypoint: [],
        environment: ["A=1"], labels: ["b": "2", "aa": "1", "ü": ""],
        mounts: [Mount(kind: .bind, source: "/srv", target: "/data", readOnly: true)],
        resources: Resources(memory: 67_108_864, pidsLimit: 100),
        restart: RestartPolicy(kind: .onFailure, maximumRetries: 5), stopTimeout: 10,
        networks: [NetworkAttachment(name: "none")], terminal: false)),
    "container-summary": codec(
      ContainerSummary(
        id: "3f1c", name: "web", image: "nginx", imageID: "sha256:00", command: ["nginx"],
        created: Timestamp(nanoseconds: 1_700_000_000_000_000_000), state: .exited,
        finishedAt: Timestamp(nanoseconds: 1_700_000_001_000_000_000), exitCode: 137, labels: [:])),
    "log-entry": codec(
      LogEntry(
        stream: .stderr, time: Timestamp(nanoseconds: 1_700_000_000_000_000_001), data: Array("a\n".utf8))),
    "session-input": codec(SessionInput(window: Window(rows: 24, columns: 80))),
    "pull-progress": codec(
      PullProgress(layer: "sha256:ab", phase: .downloading, current: 65536, total: 4_294_967_296)),
    "plugin-describe-result": codec(
      PluginDescribeResult(
        version: "1.0", capabilities: [.volume, .authorization], description: "Folders", scope: .global,
        methods: ["container-create"])),
    "volume-driver-create-params": codec(
      VolumeDriverCreateParams(name: "data", options: ["size": "1", "a": ""])),
    "volume-driver-mount-result": codec(VolumeDriverMountResult(path: "/srv/folders/data")),
    "authorization-request-params": codec(
      AuthorizationRequestParams(
        method: "container-create", role: "admin", peer: "uid 0 pid 9", uid: 0, object: "web of box",
        privileges: ["privileged", "bind:/etc"])),
  ]

  private static func codec<Value: CBORDecodable & CBOREncodable & Equatable & Sendable>(_ value: Value)
    -> Codec
  {
    Codec("", full: value, least: value)
  }

  @Test func everyVectorHasItsValue() {
    #expect(Set(Self.vectors.map(\.rule)) == Set(Self.values.keys))
  }

  @Test(arguments: vectors)
  func theValueIsEncodedAsTheVector(vector: Vector) throws {
    let value = try #require(Self.values[vector.rule])
    #expect(value.full == vector.bytes)
    #expect(try value.roundTrip(vector.bytes) == vector.bytes)
    #expect(value.comesBack)
  }
}
