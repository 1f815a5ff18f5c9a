//! This program as an MCP server over standard input and output: lists tools and dispatches calls to the functions that it
//! is given.

use std::error::Error;

use futures::future::BoxFuture;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, CustomRequest, CustomResult, ErrorCode,
    Implementation, ListToolsResult, PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool,
};
use rmcp::service::{RequestContext, ServerInitializeError};
use rmcp::{ErrorData, RoleServer, ServerHandler, ServiceExt};
use serde_json::{Map, Value};
use tokio::sync::Semaphore;

mod transport;

use transport::Messages;

/// How many calls are worked on at once; more wait.
const MAX_CALLS: usize = 4;

/// What a call returns: a JSON object, or an error whose text the client gets.
pub(crate) type CallResult = Result<Value, Box<dyn Error + Send + Sync>>;

/// Why the connection to the client ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServeError {
    /// No session began.
    #[error(transparent)]
    Start(#[from] Box<ServerInitializeError>),
    /// The session broke off.
    #[error(transparent)]
    Session(#[from] tokio::task::JoinError),
}

/// Answers a call of the tool with that name and these arguments. A call that is dropped ends what it has started.
pub(crate) type Call = Box<dyn Fn(String, Map<String, Value>) -> BoxFuture<'static, CallResult> + Send + Sync>;

/// An MCP server.
pub(crate) struct Server {
    tools: Vec<Tool>,
    instructions: &'static str,
    call: Call,
    free: Semaphore,
}

impl Server {
    /// A server of the tools that `definitions`, the `tools` of a tools/list result, describe.
    pub(crate) fn new(definitions: &str, instructions: &'static str, call: Call) -> serde_json::Result<Self> {
        Ok(Self { tools: serde_json::from_str(definitions)?, instructions, call, free: Semaphore::new(MAX_CALLS) })
    }

    /// Serves until the input ends.
    pub(crate) async fn run(self) -> Result<(), ServeError> {
        let transport = Messages::new(tokio::io::stdin(), tokio::io::stdout());
        match self.serve(transport).await {
            Ok(running) => Ok(running.waiting().await.map(drop)?),
            // Nobody spoke.
            Err(ServerInitializeError::ConnectionClosed(_)) => Ok(()),
            Err(cause) => Err(Box::new(cause).into()),
        }
    }
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(Implementation::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION")))
            .with_instructions(self.instructions)
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(self.tools.clone()))
    }

    /// A call with other parameters than the protocol has comes here, too.
    async fn on_custom_request(
        &self,
        request: CustomRequest,
        _: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        Err(match request.method.as_str() {
            "tools/call" => {
                let why = "tools/call needs params: the name of a tool, and its arguments as an object";
                ErrorData::invalid_params(why, None)
            }
            _ => ErrorData::new(ErrorCode::METHOD_NOT_FOUND, "this server has no such method", None),
        })
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        if !self.tools.iter().any(|tool| tool.name == request.name) {
            return Err(ErrorData::invalid_params("no tool of this server has that name", None));
        }
        let _free = self.free.acquire().await;
        let answer = (self.call)(request.name.into_owned(), request.arguments.unwrap_or_default()).await;
        Ok(match answer {
            Ok(value) => CallToolResult::structured(value),
            Err(why) => CallToolResult::error(vec![ContentBlock::text(why.to_string())]),
        }
        .into())
    }
}
