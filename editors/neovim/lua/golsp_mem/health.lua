local M = {}

local ON_PATH = 'golsp-mem'

-- The program that the client starts; nil when a function starts it.
local function program()
  local config = vim.lsp.config.golsp_mem
  local cmd = config and config.cmd or { ON_PATH }
  return type(cmd) == 'table' and cmd[1] or nil
end

-- What a run printed, or nil and the reason. Bounded: the health page blocks the editor.
local function output(command, milliseconds)
  local done = vim.system(command, { text = true }):wait(milliseconds)
  if done.code == 124 then
    return nil, ('no answer within %d s'):format(milliseconds / 1000)
  end
  return done.stdout, vim.trim(done.stderr or '')
end

local function report_version(name)
  local text, problem = output({ name, '--version' }, 20000)
  if text and vim.trim(text) ~= '' then
    vim.health.ok(('%s (%s)'):format(vim.trim(text), vim.fn.exepath(name)))
    return true
  end
  vim.health.error(('%s --version failed: %s'):format(name, problem))
  return false
end

local function report_doctor(name)
  local text, problem = output({ name, 'doctor', '--format', 'json' }, 60000)
  local ok, result = pcall(vim.json.decode, text or '', { luanil = { object = true } })
  if not ok or type(result) ~= 'table' or type(result.checks) ~= 'table' then
    vim.health.error(('%s doctor failed: %s'):format(name, problem))
    return
  end
  local tell = { ok = vim.health.ok, warning = vim.health.warn }
  for _, check in ipairs(result.checks) do
    local level = tell[check.level] or vim.health.error
    level(('%s: %s'):format(check.name, check.text), check.fix and { check.fix } or nil)
  end
end

-- What :checkhealth golsp_mem runs.
function M.check()
  vim.health.start('golsp-mem')
  if vim.fn.has('nvim-0.11') == 0 then
    vim.health.error('Neovim 0.11 or newer is needed')
    return
  end
  local name = program()
  if not name then
    vim.health.info('cmd is a function; the program cannot be checked')
  elseif vim.fn.executable(name) == 0 then
    vim.health.error(name .. ' is not executable', {
      "install it: pip install '/path/to/checkout/of/golsp-mem[go]'",
      "or name it: vim.lsp.config('golsp_mem', { cmd = { '/path/to/golsp-mem', 'serve' } })",
    })
    return
  elseif report_version(name) then
    report_doctor(name)
  end
  local clients = vim.lsp.get_clients({ name = 'golsp_mem' })
  if #clients > 0 then
    vim.health.ok(('attached to %d workspace(s)'):format(#clients))
  else
    vim.health.warn('not attached', { "add vim.lsp.enable('golsp_mem') and open a Go file" })
  end
end

return M
