--- The plugin of opencode-lsp: what LSP alone cannot do in Neovim.

local M = {}

--- Takes the options over and starts the language server.
---@param options? opencode_lsp.Options
function M.setup(options)
  -- A plugin manager may have added only the Lua modules.
  if not vim.g.loaded_opencode_lsp then
    vim.cmd.runtime("plugin/opencode_lsp.lua")
  end
  require("opencode_lsp.config").set(options)
  require("opencode_lsp.client").start()
end

--- For a status line: what opencode is at, what waits for the user. Empty without a client.
---@return string
function M.status()
  return require("opencode_lsp.status").text()
end

return M
