-- Signs beside lines that allocate in each round of a loop; off until somebody wants them.
local M = {}

local namespace = vim.api.nvim_create_namespace('golsp_mem_gutter')

local function each_round(finding)
  return finding.allocates == 'always'
    and finding.loopDepth > 0
    and (finding.path == 'loop' or finding.path == 'normal')
end

local function draw(buffer, findings)
  vim.api.nvim_buf_clear_namespace(buffer, namespace, 0, -1)
  local last = vim.api.nvim_buf_line_count(buffer)
  for _, finding in ipairs(findings) do
    local line = finding.range.start.line
    if line < last and each_round(finding) then
      vim.api.nvim_buf_set_extmark(buffer, namespace, line, 0, {
        sign_text = '↻',
        sign_hl_group = 'DiagnosticSignWarn',
      })
    end
  end
end

--- Draws the signs of a buffer as the server has its findings now, or none where they are off.
function M.refresh(buffer)
  if not vim.g.golsp_mem_gutter then
    return draw(buffer, {})
  end
  local client = vim.lsp.get_clients({ bufnr = buffer, name = 'golsp_mem' })[1]
  if not client then
    return
  end
  client:request('workspace/executeCommand', {
    command = 'golsp-mem.findings',
    arguments = { { uri = vim.uri_from_bufnr(buffer) } },
  }, function(err, result)
    if not err and vim.api.nvim_buf_is_loaded(buffer) then
      draw(buffer, result.findings)
    end
  end, buffer)
end

--- Turns the signs of all buffers on or off.
function M.toggle()
  vim.g.golsp_mem_gutter = not vim.g.golsp_mem_gutter
  for _, client in ipairs(vim.lsp.get_clients({ name = 'golsp_mem' })) do
    for buffer in pairs(client.attached_buffers) do
      M.refresh(buffer)
    end
  end
end

return M
