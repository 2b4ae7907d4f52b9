//! A filter on the SDK's traits that does what its configuration says, and logs what it sees.
//!
//! The configuration has a line for each callback: `<callback>[#<nth>]: <step>; <step>`. It calls
//! the host by the ABI alone, so that an error status is something to look at.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::{Action, ContextType};

use crate::calls;

/// What the module does in `_initialize`.
pub(crate) fn start() {
    proxy_wasm::set_root_context(|_| Box::new(Root(Rc::default())));
}

#[derive(Default)]
struct Script {
    lines: RefCell<HashMap<String, Vec<String>>>,
}

impl Script {
    fn parse(&self, text: &str) {
        let lines = text.lines().filter_map(|line| line.split_once(": "));
        let steps = |steps: &str| {
            steps
                .split("; ")
                .map(|step| step.trim().to_owned())
                .collect()
        };
        *self.lines.borrow_mut() = lines
            .map(|(event, line)| (event.trim().to_owned(), steps(line)))
            .collect();
    }

    /// The steps for the nth of these callbacks, or those for each of them.
    fn steps(&self, event: &str, nth: usize) -> Vec<String> {
        let lines = self.lines.borrow();
        let found = lines
            .get(&format!("{event}#{nth}"))
            .or_else(|| lines.get(event));
        found.cloned().unwrap_or_default()
    }
}

struct Root(Rc<Script>);

impl Root {
    fn run(&self, event: &str) -> Action {
        run(&self.0.steps(event, 1))
    }
}

impl Context for Root {
    fn on_http_call_response(&mut self, _: u32, headers: usize, body: usize, trailers: usize) {
        calls::log(&format!(
            "root_call headers={headers} body={body} trailers={trailers}"
        ));
        self.run("root_call");
    }
}

impl RootContext for Root {
    fn on_vm_start(&mut self, size: usize) -> bool {
        calls::log(&format!("vm_start size={size}"));
        true
    }

    fn on_configure(&mut self, _: usize) -> bool {
        self.0.parse(&calls::plugin_configuration());
        self.run("configure") == Action::Continue
    }

    fn on_tick(&mut self) {
        calls::log("tick");
        self.run("tick");
    }

    fn on_queue_ready(&mut self, _: u32) {
        calls::log("queue_ready");
        self.run("queue_ready");
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }

    fn create_http_context(&self, _: u32) -> Option<Box<dyn HttpContext>> {
        Some(Box::new(Stream {
            script: self.0.clone(),
            seen: HashMap::new(),
        }))
    }
}

struct Stream {
    script: Rc<Script>,
    seen: HashMap<&'static str, usize>,
}

impl Stream {
    fn event(&mut self, event: &'static str, details: &str) -> Action {
        calls::log(format!("{event} {details}").trim_end());
        let seen = self.seen.entry(event).or_default();
        *seen += 1;
        run(&self.script.steps(event, *seen))
    }
}

impl Context for Stream {
    fn on_http_call_response(&mut self, _: u32, headers: usize, body: usize, trailers: usize) {
        self.event(
            "call",
            &format!("headers={headers} body={body} trailers={trailers}"),
        );
    }

    fn on_grpc_call_response(&mut self, _: u32, status: u32, size: usize) {
        self.event("grpc_call", &format!("status={status} size={size}"));
    }

    fn on_grpc_stream_initial_metadata(&mut self, _: u32, elements: u32) {
        self.event("grpc_initial", &format!("elements={elements}"));
    }

    fn on_grpc_stream_message(&mut self, _: u32, size: usize) {
        self.event("grpc_message", &format!("size={size}"));
    }

    fn on_grpc_stream_trailing_metadata(&mut self, _: u32, elements: u32) {
        self.event("grpc_trailing", &format!("elements={elements}"));
    }

    fn on_grpc_stream_close(&mut self, _: u32, status: u32) {
        self.event("grpc_close", &format!("status={status}"));
    }

    fn on_done(&mut self) -> bool {
        self.event("done", "");
        true
    }
}

impl HttpContext for Stream {
    fn on_http_request_headers(&mut self, count: usize, end: bool) -> Action {
        self.event("request_headers", &format!("count={count} end={end}"))
    }

    fn on_http_request_body(&mut self, size: usize, end: bool) -> Action {
        self.event("request_body", &format!("size={size} end={end}"))
    }

    fn on_http_request_trailers(&mut self, count: usize) -> Action {
        self.event("request_trailers", &format!("count={count}"))
    }

    fn on_http_response_headers(&mut self, count: usize, end: bool) -> Action {
        self.event("response_headers", &format!("count={count} end={end}"))
    }

    fn on_http_response_body(&mut self, size: usize, end: bool) -> Action {
        self.event("response_body", &format!("size={size} end={end}"))
    }

    fn on_http_response_trailers(&mut self, count: usize) -> Action {
        self.event("response_trailers", &format!("count={count}"))
    }

    fn on_log(&mut self) {
        self.event("log", "");
    }
}

fn run(steps: &[String]) -> Action {
    let mut action = Action::Continue;
    for step in steps {
        match step.as_str() {
            "pause" => action = Action::Pause,
            "continue" => action = Action::Continue,
            step => calls::step(step),
        }
    }
    action
}
