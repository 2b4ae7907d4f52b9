//! One function's code: what it calls, with the constants it passes, and whether it ever returns.

use anyhow::Result;
use wasmparser::{FunctionBody, Operator};

/// How many constants before a call are looked at: no panicking function takes more arguments.
const ARGUMENTS: usize = 6;

/// What the code of one function says.
#[derive(Default)]
pub(crate) struct Body {
    pub(crate) calls: Vec<Call>,
    depth: u32,
    returns: bool,
    unreachable: bool,
    ends_unreachable: bool,
    constants: Vec<u32>,
}

/// A direct call, with the constants that were put on the stack since the last one.
pub(crate) struct Call {
    pub(crate) callee: u32,
    pub(crate) constants: Vec<u32>,
}

impl Body {
    pub(crate) fn read(body: &FunctionBody<'_>) -> Result<Self> {
        let mut read = Self::default();
        for operator in body.get_operators_reader()? {
            read.operator(&operator?)?;
        }
        Ok(read)
    }

    /// Whether no path leads back to the caller.
    pub(crate) fn diverges(&self) -> bool {
        self.ends_unreachable && !self.returns
    }

    fn operator(&mut self, operator: &Operator<'_>) -> Result<()> {
        self.ends_unreachable = self.unreachable;
        self.unreachable = matches!(operator, Operator::Unreachable);
        match operator {
            Operator::I32Const { value } => self.constants.push(value.cast_unsigned()),
            Operator::Call { function_index } => self.call(*function_index),
            Operator::ReturnCall { function_index } => {
                self.call(*function_index);
                self.returns = true;
            }
            Operator::Return | Operator::ReturnCallIndirect { .. } => self.returns = true,
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => self.depth += 1,
            Operator::End => self.depth = self.depth.saturating_sub(1),
            Operator::Br { relative_depth } | Operator::BrIf { relative_depth } => {
                self.returns |= *relative_depth == self.depth;
            }
            Operator::BrTable { targets } => {
                for target in targets.targets() {
                    self.returns |= target? == self.depth;
                }
                self.returns |= targets.default() == self.depth;
            }
            _ => {}
        }
        Ok(())
    }

    fn call(&mut self, callee: u32) {
        let constants = std::mem::take(&mut self.constants);
        let skipped = constants.len().saturating_sub(ARGUMENTS);
        let constants = constants.into_iter().skip(skipped).collect();
        self.calls.push(Call { callee, constants });
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context;
    use wasm_encoder::{BlockType, CodeSection, Function, FunctionSection, Module, TypeSection};
    use wasmparser::{Parser, Payload};

    use super::*;

    /// Reads `function` as the only one of a module.
    fn read(function: &Function) -> Result<Body> {
        let (mut types, mut functions) = (TypeSection::new(), FunctionSection::new());
        let mut code = CodeSection::new();
        types.ty().function([], []);
        functions.function(0);
        code.function(function);
        let mut module = Module::new();
        module.section(&types).section(&functions).section(&code);
        for payload in Parser::new(0).parse_all(&module.finish()) {
            if let Payload::CodeSectionEntry(body) = payload? {
                return Body::read(&body);
            }
        }
        None.context("no function")
    }

    #[test]
    fn calls_carry_their_constants() -> Result<()> {
        let mut function = Function::new([]);
        function
            .instructions()
            .i32_const(7)
            .call(0)
            .i32_const(8)
            .i32_const(9)
            .call(0)
            .end();
        let body = read(&function)?;
        let constants: Vec<_> = body
            .calls
            .iter()
            .map(|call| call.constants.clone())
            .collect();
        assert_eq!(constants, [vec![7], vec![8, 9]]);
        Ok(())
    }

    #[test]
    fn a_function_that_ends_in_unreachable_never_returns() -> Result<()> {
        let mut function = Function::new([]);
        function.instructions().call(0).unreachable().end();
        assert!(read(&function)?.diverges());
        Ok(())
    }

    #[test]
    fn one_way_out_is_enough_to_return() -> Result<()> {
        let mut branch = Function::new([]);
        branch
            .instructions()
            .block(BlockType::Empty)
            .br(1)
            .end()
            .unreachable()
            .end();
        assert!(!read(&branch)?.diverges());
        let mut inner = Function::new([]);
        inner
            .instructions()
            .block(BlockType::Empty)
            .br(0)
            .end()
            .unreachable()
            .end();
        assert!(read(&inner)?.diverges());
        let mut returning = Function::new([]);
        returning.instructions().return_().unreachable().end();
        assert!(!read(&returning)?.diverges());
        Ok(())
    }
}
