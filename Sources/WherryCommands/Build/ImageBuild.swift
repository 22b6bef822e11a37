import Glibc
import WherryClient
import WherryLinux
import WherryModel
import WherryOCI
import WherryRPC
import WherryWire

/// What the user asks of a build, beside what is passed on to Buildah as it is.
struct BuildRequest {
  var tags: [Reference] = []
  var arguments: [String: String] = [:]
  var platform: String?
  /// Look for newer base images.
  var pull = false
  var quiet = false
  /// The result goes where `--output` says, not to the device.
  var isLocalOutput = false
  /// Buildah's words for the rest.
  var options: [String] = []
}

/// One build: base images that the device has go to Buildah, Buildah does what the Containerfile says, the result goes to
/// the device.
///
///     device --save--> Buildah's store --build--> image --docker-archive--> load --> device
struct ImageBuild {
  let request: BuildRequest
  let buildah: Buildah
  let client: WherryCalls
  let context: Context
  let scratch: BuildScratch

  /// Returns the image's ID.
  func run(_ place: BuildContext) async throws -> String {
    let complete = try await bringBases(place)
    let idFile = "\(scratch.path)/id"
    var words = ["build", "--format", "docker", "--layers", "--iidfile", idFile]
    // Buildah would ask registries for what it has been brought.
    words.append("--pull=\(request.pull && !complete ? "always" : "false")")
    if let platform = request.platform { words += ["--platform", platform] }
    if request.quiet { words.append("--quiet") }
    if let file = place.file { words += ["--file", file] }
    words += try authentication() + request.options
    words.append(place.place)
    try await buildah.run(words, quiet: request.quiet) { status in
      WherryError(
        .failedPrecondition, "the build failed: Buildah ended with \(status)",
        hint: "what was wrong is above\(foreign.map { "; \($0)" } ?? "")")
    }
    let id = try WherryError.converting("read \(idFile)") { () throws(SystemError) in
      try Files.readText(idFile, maximum: 4096).trimmed
    }
    if !request.isLocalOutput { try await send(id) }
    return id
  }

  /// Sends the image to the device, as Buildah writes it.
  private func send(_ id: String) async throws {
    let name = request.tags.first.map { ":\($0)" } ?? ""
    let (child, reader) = try buildah.pipe(["push", "--quiet", id, "docker-archive:/dev/stdout\(name)"])
    let call = try await client.imageLoad(ImageLoadParams(platform: nil))
    let result: ImageLoadResult
    do {
      result = try await reader.feed(call) { ImportChunk(data: $0) }
    } catch {
      try child.send(SIGKILL)
      throw error
    }
    let status = try await child.wait()
    guard status.isSuccess, !result.loaded.isEmpty else {
      throw WherryError(.failedPrecondition, "Buildah could not hand out the image \(id): \(status)")
    }
    for tag in request.tags.dropFirst() {
      _ = try await client.imageTag(ImageTagParams(image: id, reference: tag.description))
    }
  }

  /// Where the user has logged in with `wherry login`, unless a variable names another file.
  private func authentication() throws -> [String] {
    guard Context.environment("REGISTRY_AUTH_FILE") == nil,
      let folder = try ClientFolder.find(Context.environment)
    else { return [] }
    let file = "\(folder.path)/auth.json"
    return access(file, R_OK) == 0 ? ["--authfile", file] : []
  }

  /// What to say where a program of another processor cannot run here, binfmt_misc(5).
  private var foreign: String? {
    guard let platform = request.platform.flatMap(ForeignPlatform.init) else { return nil }
    return platform.isRunnable ? nil : platform.remedy
  }
}
