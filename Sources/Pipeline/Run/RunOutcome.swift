import Basics
import TensorIR

/// What `run` is asked to do.
package struct RunRequest: Sendable {
    package var model: ModelReference
    /// Inputs by file; nil to take them from the references.
    package var inputs: String?
    /// Reference files, one per call in order.
    package var references: [String]
    /// Where to write the outputs of the last call.
    package var outputs: String?
    package var check: Bool

    package init(model: ModelReference, inputs: String?, references: [String], outputs: String?, check: Bool) {
        self.model = model
        self.inputs = inputs
        self.references = references
        self.outputs = outputs
        self.check = check
    }
}

/// What a simulated run gave.
package struct RunOutcome: Sendable {
    package struct Output: Sendable {
        package var name: String
        package var tensor: Tensor
        /// The operator that puts floats in order on which the output hangs, and its line.
        package var decision: String?
    }

    package var model: String
    package var target: String
    package var precision: Precision
    /// Steps whose values were simulated, and those whose stored results were used.
    package var simulated = 0
    package var reused = 0
    package var seconds = 0.0
    /// Outputs of the last call.
    package var outputs: [Output] = []
    /// One entry per output and call; nil when nothing was compared.
    package var comparisons: [OutputComparison]?
    package var diagnostics: [Diagnostic] = []
}
