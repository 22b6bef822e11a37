import Testing
import WherryModel
import WherryOCI

@Suite struct ManifestTests {
  static let digest = "sha256:" + String(repeating: "a", count: 64)

  static func descriptor(
    _ type: String = MediaType.layerGzip.rawValue, digest: String = digest, size: String = "10",
    extra: String = ""
  ) -> String {
    "{\"mediaType\":\"\(type)\",\"digest\":\"\(digest)\",\"size\":\(size)\(extra)}"
  }

  static func manifest(
    layers: String = descriptor(), config: String = descriptor(MediaType.configuration.rawValue),
    mediaType: String? = MediaType.manifest.rawValue, extra: String = ""
  ) -> [UInt8] {
    let type = mediaType.map { "\"mediaType\":\"\($0)\"," } ?? ""
    return Array("{\"schemaVersion\":2,\(type)\"config\":\(config),\"layers\":[\(layers)]\(extra)}".utf8)
  }

  static func index(_ manifests: String, extra: String = "") -> [UInt8] {
    Array("{\"schemaVersion\":2,\"manifests\":[\(manifests)]\(extra)}".utf8)
  }

  static func entry(_ platform: String?, _ letter: String) -> String {
    var extra = ""
    if let platform {
      let parts = platform.split(separator: "/")
      extra = ",\"platform\":{\"os\":\"\(parts[0])\",\"architecture\":\"\(parts[1])\""
      if parts.count > 2 { extra += ",\"variant\":\"\(parts[2])\"" }
      extra += "}"
    }
    return descriptor(
      MediaType.manifest.rawValue, digest: "sha256:" + String(repeating: letter, count: 64), extra: extra)
  }

  @Test func manifestOfBothKindsIsRead() throws {
    let manifest = try Manifest(json: Self.manifest(), contentType: .manifest)
    #expect(manifest.layers.count == 1)
    #expect(manifest.layers[0].size == 10)
    let docker = try Manifest(
      json: Self.manifest(mediaType: MediaType.dockerManifest.rawValue), contentType: .dockerManifest)
    #expect(docker.mediaType == .dockerManifest)
    #expect(try Manifest(json: Self.manifest(mediaType: nil)).mediaType == .manifest)
  }

  @Test func writtenManifestReadsBack() throws {
    let manifest = try Manifest(json: Self.manifest())
    #expect(try Manifest(json: try manifest.json()) == manifest)
    let index = try Index(json: Self.index(Self.entry("linux/arm/v7", "b")))
    #expect(try Index(json: try index.json()) == index)
  }

  @Test(arguments: [
    manifest(extra: ",\"manifests\":[]"),
    manifest(mediaType: MediaType.index.rawValue),
    index(entry("linux/amd64", "b"), extra: ",\"layers\":[]"),
    index(entry("linux/amd64", "b"), extra: ",\"config\":\(descriptor())"),
    index(entry("linux/amd64", "b"), extra: ",\"mediaType\":\"\(MediaType.manifest)\""),
    Array("{\"schemaVersion\":2}".utf8), Array("{\"schemaVersion\":1,\"fsLayers\":[]}".utf8),
    Array("[]".utf8),
    Array("{\"layers\":[],\"config\":\(descriptor())}".utf8),
  ])
  func confusedDocumentIsRefused(_ bytes: [UInt8]) {
    #expect(throws: WherryError.self) { try ManifestDocument(json: bytes, contentType: nil) }
  }

  @Test func contentTypeThatDeniesTheDocumentIsRefused() {
    #expect(throws: WherryError.self) {
      try ManifestDocument(json: Self.manifest(mediaType: nil), contentType: .index)
    }
    #expect(throws: WherryError.self) {
      try ManifestDocument(json: Self.manifest(), contentType: .dockerManifest)
    }
    #expect(throws: WherryError.self) {
      try ManifestDocument(json: Self.index(Self.entry(nil, "b")), contentType: .manifest)
    }
  }

  @Test(arguments: [
    "sha256:../../x", "sha256:ABC", "sha256:" + String(repeating: "a", count: 63),
    "sha256:" + String(repeating: "a", count: 65), "md5:" + String(repeating: "a", count: 32),
    "sha512:" + String(repeating: "a", count: 64), "",
  ])
  func badDigestAnywhereIsRefused(_ digest: String) {
    #expect(throws: WherryError.self) {
      try Manifest(json: Self.manifest(layers: Self.descriptor(digest: digest)))
    }
    #expect(throws: WherryError.self) {
      try Manifest(json: Self.manifest(config: Self.descriptor(digest: digest)))
    }
    #expect(throws: WherryError.self) { try Index(json: Self.index(Self.descriptor(digest: digest))) }
    let config = "{\"os\":\"linux\",\"architecture\":\"arm\",\"rootfs\":{\"diff_ids\":[\"\(digest)\"]}}"
    #expect(throws: WherryError.self) { try ImageConfiguration(json: Array(config.utf8)) }
  }

  @Test(arguments: ["-1", "1e30", "99999999999999999999", "1099511627777", "\"10\"", "null", "1.5"])
  func badSizeIsRefused(_ size: String) {
    #expect(throws: WherryError.self) {
      try Manifest(json: Self.manifest(layers: Self.descriptor(size: size)))
    }
  }

  @Test func layersAreBounded() throws {
    let layers = [String](repeating: Self.descriptor(), count: Manifest.maximumLayers)
    _ = try Manifest(json: Self.manifest(layers: layers.joined(separator: ",")))
    #expect(throws: WherryError.self) {
      try Manifest(json: Self.manifest(layers: (layers + [Self.descriptor()]).joined(separator: ",")))
    }
  }

  @Test(
    arguments: [
      ("linux/amd64", "a"), ("linux/arm64/v8", "b"), ("linux/arm64", "b"), ("linux/arm/v7", "c"),
      ("linux/arm/v8", "c"), ("linux/arm/v6", "d"), ("linux/arm/v5", nil), ("linux/amd64/v3", "a"),
      ("linux/riscv64", nil), ("windows/amd64", nil),
    ] as [(String, String?)])
  func bestPlatformIsChosen(_ platform: String, _ letter: String?) throws {
    let list = [
      Self.entry("linux/arm/v6", "d"), Self.entry("linux/amd64", "a"), Self.entry("linux/arm64/v8", "b"),
      Self.entry("linux/arm/v7", "c"), Self.entry("unknown/unknown", "e"),
    ]
    let index = try Index(json: Self.index(list.joined(separator: ",")))
    let chosen = index.manifest(for: try Platform(platform))
    #expect(chosen?.digest.hex.first.map(String.init) == letter)
  }

  @Test func olderVariantServesWhereTheExactOneIsMissing() throws {
    let index = try Index(
      json: Self.index(Self.entry("linux/arm/v6", "d") + "," + Self.entry("linux/arm/v5", "e")))
    #expect(index.manifest(for: try Platform("linux/arm/v7"))?.digest.hex.first == "d")
    #expect(index.manifest(for: try Platform("linux/arm64")) == nil)
    let bare = try Index(json: Self.index(Self.entry("linux/arm", "f")))
    #expect(bare.manifest(for: try Platform("linux/arm/v7"))?.digest.hex.first == "f")
  }
}
