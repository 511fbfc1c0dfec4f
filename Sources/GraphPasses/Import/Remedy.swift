/// What a person can do about an operator that is not supported.
enum Remedy {
    /// Operators whose results have a size that depends on values, and what has a fixed one.
    private static let sizeFromValues: [String: String] = [
        "unique": fixedForm, "unique2": fixedForm, "_unique2": fixedForm, "unique_consecutive": fixedForm, "bincount": fixedForm,
        "repeat_interleave": fixedForm, "combinations": fixedForm,
    ]
    private static let fixedForm = "use a form of fixed size (torch.where, torch.topk)"
    private static let random = ["rand", "randn", "randint", "bernoulli", "normal", "multinomial", "randperm", "uniform", "exponential"]
    private static let complexNumbers = ["fft_", "view_as_complex_copy", "view_as_real_copy", "sgn"]

    /// - Parameter target: the overload without `torch.ops.`, for example `aten.nonzero.default`.
    static func text(for target: String) -> String {
        let parts = target.split(separator: ".")
        let name = parts.count > 1 ? String(parts[1]) : target
        if let form = sizeFromValues[name] { return "the size of its result depends on values: \(form), or leave it to the host" }
        switch parts.first {
        case "higher_order":
            return
                "compute both branches and choose with torch.where, or unroll the loop; each branch can also be captured as a program of its own"
        case "aten":
            if name == "item" || name == "_local_scalar_dense" {
                return "a tensor's value steers the program: keep it a tensor and choose with torch.where"
            }
            if random.contains(where: { name.hasPrefix($0) }) { return "pass random numbers as an input of the program" }
            if complexNumbers.contains(where: { name.hasPrefix($0) }) {
                return
                    "of complex numbers there are Fourier transforms, views, sums, products, quotients, magnitudes and angles: write the rest with real tensors"
            }
            return
                "write it with supported operators (`reglaze op list` names them), or break it down before saving: program.run_decompositions()"
        default:
            return "an extension's operator: write its computation in PyTorch, or break it down before saving: program.run_decompositions()"
        }
    }
}
