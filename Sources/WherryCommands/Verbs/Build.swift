import ArgumentParser
import WherryModel
import WherryOCI

struct BuildVerb: Verb {
  static let synopsis = "build [OPTIONS] PATH | URL | -"
  static let configuration: CommandConfiguration = describe("build", "Build an image from a Dockerfile")
  static let flagSet = FlagSet(flags: [
    .value("add-host"), .value("annotation"), .value("build-arg"), .value("build-context"),
    .value("cache-from"),
    .value("cache-to"), .value("cgroup-parent"), .toggle("compress"), .value("cpu-period"),
    .value("cpu-quota"),
    .value("cpu-shares", "c"), .value("cpuset-cpus"), .value("cpuset-mems"),
    .boolean("disable-content-trust"),
    .value("file", "f"), .toggle("force-rm"), .value("iidfile"), .value("isolation"), .value("label"),
    .toggle("load"), .value("memory", "m"), .value("memory-swap"), .value("network"), .toggle("no-cache"),
    .value("output", "o"), .value("platform"), .value("progress"), .toggle("pull"),
    .later("push", nil, "push the image when it is built: wherry push", takesValue: false),
    .toggle("quiet", "q"), .boolean("rm"), .value("secret"), .value("security-opt"), .value("shm-size"),
    .toggle("squash"), .value("ssh"), .value("tag", "t"), .value("target"), .value("ulimit"),
  ])

  @OptionGroup var passed: PassedBuildOptions
  @Option(help: "Set build-time variables")
  var buildArg: [String] = []
  @Option(name: [.customShort("f"), .long], help: "Name of the Dockerfile (Default is \"PATH/Dockerfile\")")
  var file: String?
  @Option(help: "Write the image ID to the file")
  var iidfile: String?
  @Option(name: [.customShort("o"), .long], help: "Output destination (format: \"type=local,dest=path\")")
  var output: String?
  @Option(help: "Set platform of the image (os/architecture[/variant])")
  var platform: String?
  @Option(help: "Set type of progress output: quiet for none, all else is plain")
  var progress: String?
  @Flag(help: "Always attempt to pull a newer version of the image")
  var pull = false
  @Flag(name: [.customShort("q"), .long], help: "Suppress the build output and print image ID on success")
  var quiet = false
  @Option(name: [.customShort("t"), .long], help: "Name and optionally a tag in the \"name:tag\" format")
  var tag: [String] = []
  @Flag(help: .hidden) var compress = false
  @Flag(help: .hidden) var load = false
  @Option(help: .hidden) var disableContentTrust = true
  @Argument var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, .exactly(1))
    var request = BuildRequest()
    for name in tag {
      let reference = try Reference(name)
      guard reference.digest == nil else {
        throw UsageError(message: "invalid tag \(name.debugDescription): a digest cannot be chosen")
      }
      request.tags.append(reference)
    }
    for word in buildArg {
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard let name = parts.first, !name.isEmpty else {
        throw UsageError(message: "invalid --build-arg \(word.debugDescription): it has no name")
      }
      // Without a value it is the variable of that name here, where there is one.
      guard let value = parts.count == 2 ? parts.last : Context.environment(name) else { continue }
      request.arguments[name] = value
      request.options += ["--build-arg", "\(name)=\(value)"]
    }
    if let platform { request.platform = try Platform(platform).description }
    request.pull = pull
    request.quiet = quiet || progress == "quiet"
    request.isLocalOutput = output != nil
    if let output { request.options += ["--output", output] }
    request.options += passed.words
    try await build(request, context)
    return 0
  }

  private func build(_ request: BuildRequest, _ context: Context) async throws {
    let buildah = try Buildah()
    let scratch = try BuildScratch(below: buildah.folder)
    let client = try await context.connect()
    let id: String
    do {
      guard let word = words.first else { return }
      let place = try await BuildContext(word, file: file, scratch: scratch)
      let build = ImageBuild(
        request: request, buildah: buildah, client: client, context: context, scratch: scratch)
      id = try await build.run(place)
    } catch {
      // What stays goes with the next build; why this one failed matters more.
      do { try scratch.remove() } catch {}
      throw error
    }
    try scratch.remove()
    if let iidfile {
      let file = try NewFile(iidfile)
      try file.write(Array(id.utf8))
      try file.commit()
    }
    if request.quiet { return try context.console.print(id) }
    context.console.note("Successfully built \(Ellipsis.shortID(id))")
    for tag in request.tags where !request.isLocalOutput {
      context.console.note("Successfully tagged \(tag.familiar)")
    }
  }
}
