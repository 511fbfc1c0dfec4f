extension PT2Error {
    /// A failure to read a JSON member, by what it means: broken text, not a program, an unknown element type, a bad expression.
    init(_ error: JSONError, in member: String) {
        if case .expression(let text, let problem) = error.problem {
            self = .malformedExpression(text: text, problem)
        } else {
            self = .malformedJSON(member: member, error)
        }
    }
}
