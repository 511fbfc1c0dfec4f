import Machine

/// What is watched: the words of the command line, so that an edited manifest is understood anew.
package struct WatchRequest: Sendable {
    /// Names of models; all of the manifest when empty.
    package var models: [String]
    /// Names of targets; those of the manifest when empty.
    package var targets: [String]
    package var precision: Precision?
    /// The directory of the manifest as the command line names it.
    package var workspace: String?
    /// Looks at the files a few times a second instead of being notified.
    package var polls = false

    package init(models: [String], targets: [String], precision: Precision?, workspace: String?, polls: Bool = false) {
        self.models = models
        self.targets = targets
        self.precision = precision
        self.workspace = workspace
        self.polls = polls
    }
}
