import Basics

/// How int8 activations stand for numbers: q ↦ scale · (q - zero point), one scale and one zero point for each tensor.
package enum ActivationScheme: String, CaseIterable, Sendable {
    /// Any zero point, q in -128...127: the whole range serves a tensor of one sign.
    case asymmetric
    /// Zero point 0, q in -127...127: products need no correction for zero points.
    case symmetric
}

/// What is captured, and how: everything of a model's manifest entry that decides the result. Paths are relative to the workspace.
package struct CaptureSpecification: Hashable, Sendable {
    /// `FILE.py:NAME`: a class, a factory, an `fx.GraphModule` or a module.
    package var source: String
    /// Leaves, or nested lists and objects of leaves; nil where the source gives its own.
    package var inputs: JSONValue?
    package var inputKwargs: JSONValue?
    /// Constructor arguments.
    package var kwargs: JSONValue?
    /// A checkpoint in safetensors form.
    package var weights: String?
    /// `float` or `int8`; narrower floats are the compiler's matter.
    package var precision = "float"
    package var calibration: String?
    /// Of int8.
    package var activations = ActivationScheme.asymmetric
    /// Dimensions that are left open: input → dimension → name.
    package var dynamic: JSONValue?
    /// The user's FX passes, `FILE.py:NAME`, in order.
    package var passes: [String] = []
    /// Branches that the user vouches for: line → taken.
    package var assume: [String: Bool] = [:]
    /// Whether a draft's assumptions are accepted.
    package var acceptsDraft = false
    /// Whether the captured program is compared with the model, on two inputs and two calls.
    package var verifies = true
    /// Whether the largest capturable part will do.
    package var isPartialAccepted = true

    package init(source: String) { self.source = source }
}

extension CaptureSpecification: CanonicalEncodable {
    package func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(source)
        for value in [inputs, inputKwargs, kwargs, dynamic] { encoder.append(value) }
        encoder.append(weights)
        encoder.append(precision)
        encoder.append(calibration)
        encoder.append(activations.rawValue)
        encoder.append(passes)
        JSONValue.object(assume.mapValues { .bool($0) }).encode(into: &encoder)
        encoder.append(acceptsDraft)
        encoder.append(verifies)
        encoder.append(isPartialAccepted)
    }
}
