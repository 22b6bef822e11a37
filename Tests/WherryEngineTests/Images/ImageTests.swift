import Testing
import WherryEngine
import WherryModel
import WherryOCI

@Suite struct ImageTests {
  static func image(_ digit: Character, tags: [String] = [], digests: [String] = []) throws -> Image {
    Image(
      id: try Digest("sha256:" + String(repeating: digit, count: 64)), configuration: ImageConfiguration(),
      references: try tags.map { try Reference($0) }, digests: try digests.map { try Reference($0) })
  }

  static let digestA = "sha256:" + String(repeating: "c", count: 64)

  @Test func aNameWinsOverAPrefixAndIDsAreFound() throws {
    let images = [
      try Self.image("a", tags: ["beef", "docker.io/x/y:1"]), try Self.image("b"),
      Image(
        id: try Digest("sha256:beef" + String(repeating: "0", count: 60)), configuration: ImageConfiguration()
      ),
    ]
    #expect(try ImageLookup.find("beef", in: images)?.image.id == images[0].id)
    #expect(try ImageLookup.find("x/y:1", in: images)?.image.id == images[0].id)
    #expect(try ImageLookup.find("bbb", in: images)?.image.id == images[1].id)
    #expect(try ImageLookup.find(images[1].id.hex, in: images)?.image.id == images[1].id)
    #expect(try ImageLookup.find("sha256:bbbb", in: images)?.image.id == images[1].id)
    #expect(code(of: { try ImageLookup.find("b", in: images) }) == .invalidArgument)
    #expect(try ImageLookup.find("x/y:2", in: images) == nil)
    #expect(try ImageLookup.find("sha256:" + String(repeating: "0", count: 64), in: images) == nil)
    #expect(code(of: { try ImageLookup.find("UPPER", in: images) }) == .invalidArgument)
  }

  @Test func aDigestNamesAnImageOnlyUnderItsOwnName() throws {
    // A10
    let images = [try Self.image("a", tags: ["good:1"], digests: ["good@\(Self.digestA)"])]
    #expect(try ImageLookup.find("good@\(Self.digestA)", in: images) != nil)
    #expect(try ImageLookup.find("good:1@\(Self.digestA)", in: images) != nil)
    #expect(try ImageLookup.find("evil@\(Self.digestA)", in: images) == nil)
    #expect(try ImageLookup.find("evil:tag@\(Self.digestA)", in: images) == nil)
    #expect(try ImageLookup.find("localhost:5000/good@\(Self.digestA)", in: images) == nil)
  }

  // MARK: Removal

  static let running = ImageRemoval.User(name: "up", isRunning: true)
  static let stopped = ImageRemoval.User(name: "down", isRunning: false)

  static func removal(
    _ image: Image, _ name: String?, _ users: [ImageRemoval.User] = [], force: Bool = false
  ) throws -> ImageRemoval {
    try ImageRemoval(
      of: image, by: try name.map { .name(try Reference($0)) } ?? .id, users: users, force: force)
  }

  @Test func removingOneOfSeveralNamesKeepsTheImage() throws {
    let image = try Self.image("a", tags: ["x:1", "x:2"], digests: ["x@\(Self.digestA)"])
    let removal = try Self.removal(image, "x:1", [Self.running])
    #expect(removal.untagged.map(\.familiar) == ["x:1"])
    #expect(!removal.deletes)
  }

  @Test func removingTheLastNameRemovesTheImageAndItsDigests() throws {
    let image = try Self.image("a", tags: ["x:1"], digests: ["x@\(Self.digestA)"])
    let removal = try Self.removal(image, "x:1")
    #expect(removal.untagged.count == 2)
    #expect(removal.deletes)
  }

  @Test func containersKeepTheLastName() throws {
    let image = try Self.image("a", tags: ["x:1"])
    #expect(code(of: { try Self.removal(image, "x:1", [Self.stopped]) }) == .conflict)
    #expect(code(of: { try Self.removal(image, "x:1", [Self.running]) }) == .conflict)
    #expect(try Self.removal(image, "x:1", [Self.stopped], force: true).deletes)
    // A running one keeps the image even then; only the name goes.
    let forced = try Self.removal(image, "x:1", [Self.running], force: true)
    #expect(!forced.deletes && forced.untagged.count == 1)
  }

  @Test func removingByIDNeedsForceForSeveralNamesAndNeverWorksUnderARunningContainer() throws {
    let image = try Self.image("a", tags: ["x:1", "y:1"])
    #expect(code(of: { try Self.removal(image, nil) }) == .conflict)
    #expect(try Self.removal(image, nil, force: true).untagged.count == 2)
    #expect(code(of: { try Self.removal(image, nil, [Self.running], force: true) }) == .conflict)
    #expect(code(of: { try Self.removal(try Self.image("a"), nil, [Self.stopped]) }) == .conflict)
    #expect(try Self.removal(try Self.image("a"), nil, [Self.stopped], force: true).deletes)
  }

  // MARK: Filters

  @Test(
    arguments: [
      (["reference": ["x*"]], 1), (["reference": ["*/z"]], 1), (["reference": ["x:?"]], 1),
      (["reference": ["z"]], 0),
      (["dangling": ["true"]], 1), (["dangling": ["false"]], 2), ([:], 3),
      (["reference": ["docker.io/*/*:*"]], 2),
    ] as [([String: [String]], Int)])
  func filtersSelect(_ values: [String: [String]], _ count: Int) throws {
    let images = [
      try Self.image("a", tags: ["x:1"]), try Self.image("b", tags: ["y/z:1"]), try Self.image("c"),
    ]
    #expect(try ImageFilters(values).apply(to: images).count == count)
  }

  @Test func aReferenceLeavesTheNamesThatFit() throws {
    let digests = ["x@\(Self.digestA)", "y@\(Self.digestA)"]
    let images = [try Self.image("a", tags: ["x:1", "y:1", "y:2"], digests: digests)]
    let found = try ImageFilters(["reference": ["y:*"]]).apply(to: images)
    #expect(found.first?.references.map(\.familiar) == ["y:1", "y:2"])
    #expect(found.first?.digests.map(\.familiarName) == ["y"])
  }

  @Test(arguments: [["size": ["1"]], ["dangling": ["maybe"]]])
  func unknownFiltersAreRefused(_ values: [String: [String]]) {
    #expect(code(of: { try ImageFilters(values) }) == .invalidArgument)
  }
}

@Suite struct ImportChangesTests {
  static func apply(_ changes: String...) throws -> ImageConfiguration.Settings {
    var settings = ImageConfiguration.Settings()
    try ImportChanges.apply(changes, to: &settings)
    return settings
  }

  @Test func eachInstructionSetsItsField() throws {
    let settings = try Self.apply(
      #"CMD ["sh", "-c", "echo"]"#, "entrypoint /run it", #"ENV A=1 B="two words" C=x\ y"#,
      "ENV OLD the rest of it",
      "WORKDIR /srv", "WORKDIR app", "USER app:1", #"LABEL "a.b"="c d" e=f"#, "EXPOSE 80 53/udp",
      "VOLUME /data",
      #"VOLUME ["/more"]"#, "STOPSIGNAL SIGINT")
    #expect(settings.command == ["sh", "-c", "echo"])
    #expect(settings.entrypoint == ["/bin/sh", "-c", "/run it"])
    #expect(settings.environment == ["A=1", "B=two words", "C=x y", "OLD=the rest of it"])
    #expect(settings.workingDirectory == "/srv/app")
    #expect(settings.user == "app:1")
    #expect(settings.labels == ["a.b": "c d", "e": "f"])
    #expect(settings.exposedPorts == ["53/udp", "80/tcp"])
    #expect(settings.volumes == ["/data", "/more"])
    #expect(settings.stopSignal == "SIGINT")
  }

  @Test(arguments: [
    "", "CMD", "RUN x", "FROM x", "CMD [1]", "CMD [\"a\"", "ENV", "ENV A", "ENV =x", "ENV A=\"x", "LABEL x",
    "EXPOSE 0",
    "EXPOSE 65536", "EXPOSE 1/icmp", "EXPOSE x", "VOLUME rel", "STOPSIGNAL SIGX", "USER 0x0", "USER :1",
    "WORKDIR /proc/self/fd/3", "ENV A=x\\",
  ])
  func badInstructionsAreRefused(_ change: String) {
    #expect(code(of: { try Self.apply(change) }) == .invalidArgument)
  }
}
