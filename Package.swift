// swift-tools-version: 6.2
import PackageDescription

/// The settings every Swift target shares. In CI (`.ci/run`) a warning in one of them is an error.
let house: [SwiftSetting] =
  [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
  ] + (Context.environment["WHERRY_CI"] == nil ? [] : [.treatAllWarnings(as: .error)])

/// How the shipped binary is linked; the toolchain's own linker knows all of this.
///
/// - A hundred thousand relative relocations in 20 kB instead of 2.4 MB, which every start of the binary reads (glibc 2.36).
/// - No symbols for others to link with, which `-static-stdlib` exports: 5 MB.
/// - What the daemon calls lies together, so that the kernel maps less of what it does not call. The list is made by
///   Tests/Benchmarks/link-order.py; names in it that are no more do no harm.
let compactLinking: [LinkerSetting] = [
  .unsafeFlags(
    [
      "-use-ld=lld", "-Xlinker", "-z", "-Xlinker", "pack-relative-relocs", "-Xlinker", "--no-export-dynamic",
      "-Xlinker", "--symbol-ordering-file=\(Context.packageDirectory)/packaging/link-order.txt",
      "-Xlinker", "--no-warn-symbol-ordering",
    ],
    .when(platforms: [.linux], configuration: .release))
]

let nio = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let http = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let nioTLS = Target.Dependency.product(name: "NIOTLS", package: "swift-nio")
let x509 = Target.Dependency.product(name: "X509", package: "swift-certificates")
let asn1 = Target.Dependency.product(name: "SwiftASN1", package: "swift-asn1")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")

func module(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
  .target(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: house)
}

func tests(
  _ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []
) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: dependencies + [.byName(name: name)],
    resources: resources, swiftSettings: house)
}

let package = Package(
  name: "wherry",
  products: [
    .executable(name: "wherry", targets: ["wherry"])
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
    .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
  ],
  targets: [
    // Level 0: C libraries, one target each.
    // Loaded by name when the program starts, for it is not the same in every Debian.
    .target(name: "CLibCBOR"),
    // Linked in: Decision-StaticArchive.
    .systemLibrary(
      name: "CLibArchive",
      providers: [.apt(["libarchive-dev", "zlib1g-dev", "libzstd-dev", "libbz2-dev", "liblzma-dev"])]),
    .systemLibrary(name: "CLibZstd", providers: [.apt(["libzstd-dev"])]),
    // These two are loaded when they are first used.
    .target(name: "CLibSystemd"),
    .target(name: "CLibNFTables"),
    .target(name: "CWherryLinux"),

    // Level 1
    module("WherryModel", []),
    module("WherryCBOR", ["CLibCBOR"]),
    module("WherryLinux", ["CWherryLinux", "WherryModel"]),

    // Level 2
    module("WherryWire", ["WherryCBOR", "WherryModel"], exclude: ["wherry.cddl", "plugin.cddl", "Vectors"]),
    module("WherryOCI", ["WherryModel", crypto]),
    module("WherryStore", ["WherryModel", "WherryCBOR", "WherryLinux", crypto]),

    // Level 3
    module("WherryRPC", ["WherryWire", "WherryCBOR", "WherryModel"]),
    module(
      "WherryEngine",
      ["WherryModel", "WherryCBOR", "WherryLinux", "WherryWire", "WherryOCI", "WherryStore"],
      exclude: ["Records/records.cddl"]),
    module("WherryDoctor", ["WherryWire", "WherryOCI", "WherryLinux", "WherryModel"]),

    // Level 4
    module("WherryTransport", ["WherryRPC", "WherryWire", "WherryModel", "WherryLinux", nio, nioPosix]),
    module(
      "WherryTLS",
      [
        "WherryTransport", "WherryRPC", "WherryLinux", "WherryModel", nio, nioTLS, nioSSL, x509, asn1,
        crypto,
      ]),
    module(
      "WherryNetwork",
      ["CLibNFTables", "WherryEngine", "WherryLinux", "WherryModel", "WherryStore"]),
    module(
      "WherryPlugins",
      ["WherryTransport", "WherryEngine", "WherryRPC", "WherryWire", "WherryLinux", "WherryModel"]),
    module("WherrySystemd", ["CLibSystemd", "WherryLinux", "WherryModel", logging]),
    module(
      "WherryRuntime",
      [
        "WherryEngine", "WherryRPC", "WherryOCI", "WherryStore", "WherryCBOR", "WherryLinux", "WherryModel",
        "WherrySystemd", "WherryWire",
      ]),
    module(
      "WherryImages",
      [
        "CLibArchive", "CLibZstd", "WherryEngine", "WherryOCI", "WherryStore", "WherryCBOR", "WherryLinux",
        "WherryModel", "WherryWire", http, nio, nioHTTP1, nioPosix, nioSSL, crypto,
      ]),
    module(
      "WherryRegistry",
      [
        "WherryTransport", "WherryTLS", "WherryOCI", "WherryStore", "WherryLinux", "WherryModel", nio,
        nioHTTP1,
        crypto, logging,
      ]),

    // Level 5
    module(
      "WherryClient",
      [
        "WherryTransport", "WherryTLS", "WherryRPC", "WherryWire", "WherryCBOR", "WherryLinux", "WherryModel",
        "WherryOCI",
      ]),
    module(
      "WherryService",
      [
        "WherryDoctor", "WherryEngine", "WherryRPC", "WherryWire", "WherryOCI", "WherryCBOR", "WherryLinux",
        "WherryModel",
      ]),

    // Level 6
    module(
      "WherryDaemon",
      [
        "WherryService", "WherryEngine", "WherryRuntime", "WherryImages", "WherryNetwork", "WherrySystemd",
        "WherryRegistry", "WherryPlugins", "WherryTransport",
        "WherryTLS",
        "WherryRPC", "WherryStore", "WherryWire", "WherryLinux", "WherryModel", "WherryOCI", arguments,
        logging,
      ]),
    module(
      "WherryCommands",
      [
        "WherryClient", "WherryDoctor", "WherryTLS", "WherryRPC", "WherryWire", "WherryModel", "WherryOCI",
        "WherryLinux", "CWherryLinux",
        arguments,
      ]),
    .executableTarget(
      name: "wherry",
      dependencies: [
        "WherryCommands", "WherryDaemon", "WherryImages", "WherryRuntime", "WherryLinux", arguments,
      ],
      swiftSettings: house, linkerSettings: compactLinking),

    // Development only.
    .executableTarget(name: "WherryGenerate", swiftSettings: house),
    .executableTarget(
      name: "CBORCrossCheck", dependencies: ["WherryCBOR"], path: "Tests/Interop/CBORCrossCheck",
      swiftSettings: house),
    .systemLibrary(name: "CMalloc", path: "Tests/Soak/CMalloc"),
    .executableTarget(
      name: "RPCSoak",
      dependencies: ["WherryTransport", "WherryRPC", "WherryWire", "WherryCBOR", "WherryModel", "CMalloc"],
      path: "Tests/Soak/RPCSoak", swiftSettings: house),
    .executableTarget(
      name: "rpc-bench-wherry",
      dependencies: ["WherryTransport", "WherryRPC", "WherryWire", "WherryCBOR", "WherryModel"],
      path: "Tests/Benchmarks/WherryPeer", swiftSettings: house),
    .executableTarget(
      name: "network-bench",
      dependencies: ["WherryNetwork", "WherryEngine", "WherryStore", "WherryLinux", "WherryModel"],
      path: "Tests/Benchmarks/Network", swiftSettings: house),

    tests("WherryModel", []),
    tests("WherryCBOR", [], resources: [.copy("Vectors")]),
    tests("WherryLinux", ["WherryModel"]),
    tests("WherryWire", ["WherryCBOR", "WherryModel", "WherryEngine"]),
    tests("WherryOCI", ["WherryModel"]),
    tests("WherryStore", ["WherryModel", "WherryLinux", "WherryCBOR"]),
    tests("WherryRPC", ["WherryWire", "WherryCBOR", "WherryModel"], resources: [.copy("Golden")]),
    tests(
      "WherryEngine", ["WherryModel", "WherryWire", "WherryOCI", "WherryStore", "WherryLinux"],
      resources: [.copy("Golden")]),
    tests("WherryDoctor", ["WherryModel", "WherryWire", "WherryLinux"]),
    tests("WherryTransport", ["WherryRPC", "WherryWire", "WherryModel", nio]),
    tests("WherryTLS", ["WherryTransport", "WherryRPC", "WherryWire", "WherryModel", nio, x509, crypto]),
    tests(
      "WherryRuntime",
      [
        "WherryEngine", "WherryRPC", "WherryStore", "WherryCBOR", "WherryModel", "WherryOCI", "WherryLinux",
        "WherrySystemd", "WherryWire",
      ]),
    tests(
      "WherryImages",
      [
        "WherryOCI", "WherryStore", "WherryModel", "WherryLinux", "WherryEngine", "WherryCBOR", "WherryWire",
        "wherry", nio, nioHTTP1, nioPosix, http, crypto,
      ]),
    tests(
      "WherryService",
      [
        "WherryEngine", "WherryRPC", "WherryWire", "WherryOCI", "WherryCBOR", "WherryStore", "WherryLinux",
        "WherryModel",
      ]),
    tests("WherryNetwork", ["WherryEngine", "WherryModel"]),
    tests("WherryRegistry", ["WherryModel", "WherryLinux", "WherryOCI", "WherryStore", logging]),
    tests("WherryPlugins", ["WherryTransport", "WherryEngine", "WherryWire", "WherryLinux", "WherryModel"]),
    tests("WherryDaemon", ["WherryModel", "WherryEngine", "WherryImages"]),
    tests("WherryClient", ["WherryRPC", "WherryWire", "WherryCBOR", "WherryModel"]),
    tests("WherryCommands", ["WherryOCI", "WherryWire", "WherryModel", arguments]),
    .testTarget(
      name: "WherryGenerateTests", dependencies: ["WherryGenerate"], exclude: ["Golden"], swiftSettings: house
    ),
  ]
)
