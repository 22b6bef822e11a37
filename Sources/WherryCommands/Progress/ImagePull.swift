import WherryOCI
import WherryRPC
import WherryWire

/// Has the daemon pull an image and shows how it goes.
struct ImagePull {
  var client: WherryCalls
  var params: ImagePullParams
  var printer: PullPrinter

  /// `quietly` where an image that is here already is no news.
  func run(quietly: Bool = false) async throws -> ImagePullResult {
    defer { printer.finish() }
    let call = try await client.imagePull(params)
    for try await progress in call.output { printer.update(progress) }
    let result = try await call.result()
    if !quietly || result.changed { printer.finish(result) }
    return result
  }
}

extension ImagePull {
  /// What a new container needs of `image`: brings it with the user's credential, where there is one for its registry,
  /// and says what the daemon has still to do. The daemon by itself knows only the device's credentials.
  static func prepare(
    _ image: String, policy: PullPolicy?, platform: String?, client: WherryCalls, printer: PullPrinter
  ) async throws -> PullPolicy? {
    guard policy != .never, !image.hasPrefix("sha256:"), let reference = parsed(image),
      let credential = try await ClientCredentials().credential(for: reference.domain)
    else { return policy }
    var params = ImagePullParams(reference: image, platform: platform)
    params.credential = credential
    params.policy = policy ?? .missing
    _ = try await ImagePull(client: client, params: params, printer: printer).run(quietly: true)
    return .missing
  }

  /// Nil for what is no name, such as the prefix of an ID: the daemon says what it is.
  private static func parsed(_ image: String) -> Reference? {
    do { return try Reference(image) } catch { return nil }
  }
}

extension PullPolicy {
  /// Throws for anything but Docker's three words.
  static func named(_ text: String?, flag: String) throws(UsageError) -> PullPolicy? {
    switch text {
    case nil: return nil
    case "missing": return .missing
    case "always": return .always
    case "never": return .never
    case .some(let text):
      throw UsageError(
        message: "invalid \(flag) option: '\(text)': must be one of \"always\", \"missing\" or \"never\"")
    }
  }
}
