import Testing
import WherryModel
import WherryOCI

@Suite struct ImageConfigurationTests {
  static let text = """
    {"created":"2024-02-29T12:00:00.5+01:00","author":"A","architecture":"arm","os":"linux","variant":"v7",
     "config":{"User":"1000:app","ExposedPorts":{"80/tcp":{},"53/udp":{}},"Env":["A=b"],"Entrypoint":["/e"],
     "Cmd":null,"Volumes":{"/v":{}},"WorkingDir":"/w","Labels":{"Size":"x","size":"y"},"StopSignal":"SIGINT",
     "ArgsEscaped":true,"OnBuild":null,"Healthcheck":{"Test":["CMD","true"],"Interval":1000000000}},
     "rootfs":{"type":"layers","diff_ids":["sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
     "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"]},
     "history":[{"created_by":"x","empty_layer":true}],"docker_version":"1","something":{"new":[1,2]}}
    """

  @Test func configurationIsReadAndKeepsItsBytes() throws {
    let image = try ImageConfiguration(json: Array(Self.text.utf8))
    #expect(image.created == Timestamp(nanoseconds: 1_709_204_400_500_000_000))
    #expect(image.platform.description == "linux/arm/v7")
    #expect(image.config.user == "1000:app")
    #expect(image.config.command == nil)
    #expect(image.config.entrypoint == ["/e"])
    #expect(image.config.exposedPorts == ["53/udp", "80/tcp"])
    #expect(image.config.labels == ["Size": "x", "size": "y"])
    #expect(image.config.healthcheck?.Interval == 1_000_000_000)
    #expect(image.history.first?.emptyLayer == true)
    #expect(image.diffIDs.count == 2)
    #expect(try image.json() == Array(Self.text.utf8))
  }

  @Test func configurationMadeHereReadsBack() throws {
    var image = try ImageConfiguration(json: Array(Self.text.utf8))
    image.raw = nil
    var again = try ImageConfiguration(json: try image.json())
    again.raw = nil
    #expect(again == image)
  }

  /// image-spec identity/chainid_test.go's construction, computed by sha256sum.
  @Test func layerIDsAreChainIDs() throws {
    let image = try ImageConfiguration(json: Array(Self.text.utf8))
    #expect(image.layerIDs[0] == image.diffIDs[0])
    #expect(
      image.layerIDs[1].description
        == "sha256:ccd722928bd92476ba1745586fed6e45a102504185ad88cd89e01ff116fd146c")
  }

  @Test(arguments: [
    "{}", "{\"os\":\"linux\"}", "{\"os\":\"linux\",\"architecture\":\"arm\"}",
    "{\"os\":\"linux\",\"architecture\":\"arm\",\"rootfs\":{\"type\":\"other\"}}",
    "{\"os\":\"linux\",\"architecture\":\"arm\",\"rootfs\":{\"diff_ids\":[1]}}",
    "{\"os\":\"linux\",\"architecture\":\"arm\",\"rootfs\":{},\"config\":{\"Env\":\"x\"}}",
  ])
  func incompleteConfigurationIsRefused(_ text: String) {
    #expect(throws: WherryError.self) { try ImageConfiguration(json: Array(text.utf8)) }
  }

  @Test func nullAndOldFormsAreTolerated() throws {
    let image = try ImageConfiguration(
      json: Array(
        """
        {"os":"linux","architecture":"amd64","created":"0001-01-01T00:00:00Z","config":{"User":"","Cmd":"sh",
        "Labels":null,"Volumes":null,"Env":null},"rootfs":{"type":"layers","diff_ids":null},"history":null}
        """.utf8))
    #expect(image.config.user == nil)
    #expect(image.config.command == ["sh"])
    #expect(image.diffIDs.isEmpty)
    #expect(image.created == nil)
  }

  @Test(
    arguments: [
      ("1970-01-01T00:00:00Z", 0), ("2024-01-02T03:04:05Z", 1_704_164_645_000_000_000),
      ("2000-02-29T23:59:59.123456789Z", 951_868_799_123_456_789),
    ] as [(String, UInt64)])
  func timesReadAndWrite(_ text: String, _ nanoseconds: UInt64) {
    #expect(RFC3339.parse(text) == Timestamp(nanoseconds: nanoseconds))
    #expect(RFC3339.format(Timestamp(nanoseconds: nanoseconds)) == text)
  }

  @Test(arguments: [
    "", "2024", "2024-13-01T00:00:00Z", "2024-01-01T00:00:00", "2024-01-01T00:00:00.Z",
    "9999-01-01T00:00:00Z",
    "1969-12-31T23:59:59Z", "2024-01-01T00:00:00+99:00",
  ])
  func unusableTimesAreNil(_ text: String) {
    #expect(RFC3339.parse(text) == nil)
  }
}
