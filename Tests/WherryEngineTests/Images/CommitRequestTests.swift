import Testing
import WherryEngine
import WherryModel
import WherryOCI
import WherryStore
import WherryWire

struct CommitRequestTests {
  private static let platform = Platform(os: "linux", architecture: "amd64")
  private static let layer = Digest.sha256(of: [1])

  private static func record(_ spec: ContainerSpec) -> ContainerRecord {
    ContainerRecord(
      id: String(repeating: "a", count: 64), name: "box", spec: spec, imageID: "sha256:x", layers: [],
      created: Timestamp(nanoseconds: 1), arguments: ["run", "this"], environment: ["PATH=/bin", "A=1"],
      workingDirectory: "/", user: "", stopSignal: "SIGTERM", desired: .stopped, image: "x")
  }

  private static func settings(
    _ spec: ContainerSpec, _ image: ImageConfiguration.Settings?, changes: [String] = []
  ) throws -> ImageConfiguration.Settings {
    try CommitRequest(changes: changes).configuration(
      of: record(spec), image: image.map { ImageConfiguration(platform: platform, config: $0) },
      layers: [layer],
      platform: platform, at: Timestamp(nanoseconds: 5)
    ).config
  }

  @Test func whatTheContainerWasGivenComesOverTheImage() throws {
    var spec = ContainerSpec(image: "x")
    spec.environment = ["B=2", "GONE"]
    spec.labels = ["own": "1", "image": "2"]
    let image = ImageConfiguration.Settings(
      user: "app", environment: ["A=1", "GONE=x"], entrypoint: ["/e"], command: ["c"], workingDirectory: "/w",
      labels: ["image": "2"], exposedPorts: ["80/tcp"])
    var found = try Self.settings(spec, image)
    #expect(found.environment == ["A=1", "B=2"])
    #expect(found.labels == ["own": "1", "image": "2"])
    #expect(found.entrypoint == ["/e"] && found.command == ["c"])
    #expect(found.user == "app" && found.workingDirectory == "/w" && found.exposedPorts == ["80/tcp"])
    spec.command = ["d"]
    #expect(try Self.settings(spec, image).command == ["d"])
    spec.entrypoint = ["/f"]
    spec.command = nil
    found = try Self.settings(spec, image)
    #expect(found.entrypoint == ["/f"] && found.command == nil)
    spec.entrypoint = []
    #expect(try Self.settings(spec, image).entrypoint == nil)
    #expect(try Self.settings(spec, image, changes: ["CMD [\"z\"]"]).command == ["z"])
  }

  @Test func anImageThatIsGoneLeavesWhatTheContainerRuns() throws {
    let found = try Self.settings(ContainerSpec(image: "x"), nil)
    #expect(found.command == ["run", "this"] && found.entrypoint == nil)
    #expect(found.environment == ["PATH=/bin", "A=1"])
  }

  @Test func layersAndHistoryAreBounded() throws {
    let record = Self.record(ContainerSpec(image: "x"))
    #expect(throws: WherryError.self) {
      _ = try CommitRequest().configuration(
        of: record, image: nil, layers: Array(repeating: Self.layer, count: Manifest.maximumLayers),
        platform: Self.platform, at: Timestamp(nanoseconds: 5))
    }
    let made = try CommitRequest(author: "me", message: "why").configuration(
      of: record, image: nil, layers: [Self.layer], platform: Self.platform, at: Timestamp(nanoseconds: 5))
    #expect(made.history.last?.createdBy == "run this" && made.history.last?.comment == "why")
    #expect(made.author == "me" && made.diffIDs == [Self.layer])
  }
}
