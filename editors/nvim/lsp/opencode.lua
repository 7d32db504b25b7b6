---@brief
---
--- https://opencode.ai
---
--- `opencode-lsp` puts a running opencode into the editor: ask about code, answer permission
--- requests, see every change. It attaches beside the language's own server, in every file.
---
--- ```lua
--- vim.lsp.enable("opencode")
--- ```

local root_markers = { ".git", "opencode.json", "opencode.jsonc" }

--- An editor that git opened for a message must not start a server.
local skipped = { gitcommit = true, gitrebase = true }

--- opencode-lsp's own documents: prompts to write, answers, diffs.
local function is_own(name)
  return name:find("/opencode%-lsp/[^/]+/%l+/[^/]+%.%l+$") ~= nil
end

--- The client where the user came from.
local function client_at_hand()
  local before = vim.fn.bufnr("#")
  local client = before > 0 and vim.lsp.get_clients({ name = "opencode", bufnr = before })[1]
  return client or vim.lsp.get_clients({ name = "opencode" })[1]
end

---@type vim.lsp.Config
local config = {
  cmd = { "opencode-lsp" },
  -- Not `root_markers` alone: a file outside of every project (opencode-lsp's own documents, a
  -- library's source) would get a server of its own, and each would ask for every permission.
  root_dir = function(bufnr, on_dir)
    local name = vim.api.nvim_buf_get_name(bufnr)
    if name == "" or name:find("^%a[%w+.-]+://") then
      return
    end
    name = vim.fs.normalize(name) -- which makes one slash of two
    if vim.bo[bufnr].buftype ~= "" or skipped[vim.bo[bufnr].filetype] then
      return
    end
    local own = is_own(name)
    local root = not own and vim.fs.root(bufnr, root_markers) or nil
    local client = not root and client_at_hand()
    if client then
      vim.lsp.buf_attach_client(bufnr, client.id)
    elseif not own then
      on_dir(root) -- without a root the current folder counts
    end
  end,
}

-- With the plugin beside it, it says what the plugin can do. This file alone is enough without.
local has_plugin, client = pcall(require, "opencode_lsp.client")
if has_plugin then
  config = vim.tbl_extend("force", config, client.extension())
end

return config
